/** `quarantine list` and `quarantine show`: what is there. Each resolves with the exit code. */
import type { Entry } from '../../deliver/quarantine/entry.ts'
import type { KeptMessage } from '../../deliver/quarantine/kept-message.ts'
import type { Found } from '../../deliver/quarantine/names.ts'
import { readable } from '../../deliver/quarantine/readable.ts'
import type { NoEntry, Shelf } from '../../deliver/quarantine/shelf.ts'
import { nothing } from '../../transaction.ts'
import { plain } from '../../watch/plain.ts'
import { chosenBy, chosenById } from './choice.ts'
import type { Filter } from './filter.ts'
import { headerLines } from './header-lines.ts'
import type { Output } from './output.ts'
import { asciiJson, entryJson, entryLines, listHead, listLine } from './shown.ts'

/** One line per entry, oldest first; 1 if some could not be read. */
export async function list(shelf: Shelf, filter: Filter, json: boolean, out: Output): Promise<number> {
  let count = 0
  let code = 0
  for await (const chosen of chosenBy(shelf, filter)) {
    if (out.isClosed) return code
    const { found } = chosen
    if ('broken' in chosen) {
      out.complain(`${found.id}: cannot be read: ${plain(chosen.broken)}`)
      code = 1
      continue
    }
    if (count === 0 && !json) await out.line(listHead)
    count += 1
    await out.line(json ? asciiJson(entryJson(found, chosen.entry)) : listLine(found, chosen.entry))
  }
  if (count === 0 && !json) out.complain('No entries.')
  return code
}

/** `raw`: the octets of the message and nothing else. */
export async function show(
  shelf: Shelf,
  id: string,
  { json, raw }: { readonly json: boolean; readonly raw: boolean },
  out: Output,
): Promise<number> {
  const [found = id] = await chosenById(shelf, [id])
  if (typeof found === 'string') return failed(found, out)
  const entry = await shelf.read(found)
  if ('kind' in entry) return failed(`${found.id}: ${why(entry)}`, out)
  const message = await shelf.open(found, entry)
  if ('kind' in message) return failed(`${found.id}: ${why(message)}`, out)
  try {
    if (raw) return await showRaw(message, out)
    await showEntry(found, entry, message, json, out)
    return 0
  } finally {
    message.discard()
  }
}

async function showRaw(message: KeptMessage, out: Output): Promise<number> {
  if (out.isTerminal) return failed('A message may command a terminal: send it to a file or a program.', out)
  for await (const piece of message.pieces(nothing)) {
    if (out.isClosed) break
    await out.octets(piece)
  }
  return 0
}

async function showEntry(found: Found, entry: Entry, message: KeptMessage, json: boolean, out: Output): Promise<void> {
  const { lines, isWhole } = await headerLines(message)
  if (json) return out.line(asciiJson({ ...entryJson(found, entry), header: lines, header_is_whole: isWhole }, 2))
  for (const line of entryLines(found, entry)) await out.line(line)
  for (const name of ['From', 'Subject']) {
    const field = fieldOf(lines, name)
    if (field !== undefined) await out.line(`${name.padEnd(14)} ${readable(field)}`)
  }
  await out.line('header')
  for (const line of lines) await out.line(`  ${plain(line, 1000)}`)
  if (!isWhole) await out.line('  ... and more; --raw has it all')
}

/** The body of the first field of that name, unfolded. */
function fieldOf(lines: readonly string[], name: string): string | undefined {
  const begin = new RegExp(`^${name}[ \\t]*:`, 'i')
  const at = lines.findIndex(line => begin.test(line))
  if (at < 0) return undefined
  const next = lines.findIndex((line, i) => i > at && !/^[ \t]/.test(line))
  const unfolded = lines.slice(at, next < 0 ? lines.length : next).join('')
  return unfolded.replace(begin, '')
}

function why(none: NoEntry): string {
  return none.kind === 'gone' ? 'it is gone again' : `it cannot be read: ${plain(none.cause)}`
}

function failed(sentence: string, out: Output): number {
  out.complain(sentence)
  return 1
}
