/** `quarantine release`, `delete` and `expire`: what leaves the quarantine. Each resolves with the exit code. */
import type { Expired } from '../../deliver/quarantine/expire.ts'
import { expire as expireShelf } from '../../deliver/quarantine/expire.ts'
import type { Found } from '../../deliver/quarantine/names.ts'
import { release as releaseFound } from '../../deliver/quarantine/release.ts'
import type { Released, ReleaseOptions } from '../../deliver/quarantine/release.ts'
import type { Shelf } from '../../deliver/quarantine/shelf.ts'
import { replyText } from '../../reply.ts'
import { sizeText } from '../../units.ts'
import { plain } from '../../watch/plain.ts'
import { chosenBy, chosenById } from './choice.ts'
import type { Filter } from './filter.ts'
import type { Output } from './output.ts'
import { asciiJson } from './shown.ts'

/** By id, or all that fit. */
export type Choice = { readonly ids: readonly string[] } | { readonly filter: Filter }

/** sysexits(3): EX_TEMPFAIL, it is worth trying again; and EX_PROTOCOL, the message may have been delivered. */
const tryAgain = 75
const inDoubt = 76

/** One after the other; the highest of the exit codes. */
export async function release(
  shelf: Shelf,
  choice: Choice,
  options: ReleaseOptions,
  json: boolean,
  out: Output,
): Promise<number> {
  return await forEach(shelf, choice, out, async found => {
    const released = await releaseFound(shelf, found, options)
    const { code, words } = told(released)
    const { kind } = released
    const reply = 'reply' in released ? replyText(released.reply) : undefined
    const cause = 'cause' in released && released.cause !== undefined ? plain(released.cause) : undefined
    await say(
      json ? asciiJson({ id: found.id, result: kind, reply, cause, code }) : `${found.id}: ${words}`,
      json,
      code,
      out,
    )
    return code
  })
}

/** For good. What is being released stays. */
export async function remove(shelf: Shelf, choice: Choice, json: boolean, out: Output): Promise<number> {
  const gone = new Set<Found>()
  const highest = await forEach(shelf, choice, out, async found => {
    const isGone = found.state === 'kept' && (await shelf.remove(found))
    if (isGone) gone.add(found)
    const result = isGone ? 'deleted' : 'busy'
    const code = isGone ? 0 : 1
    const words = isGone ? 'deleted' : 'it is just being released or deleted by somebody else'
    await say(json ? asciiJson({ id: found.id, result, code }) : `${found.id}: ${words}`, json, code, out)
    return code
  })
  if (gone.size > 0) await shelf.sync()
  return highest
}

/** What the running gate does every hour. `size` in octets, `now` in ms since the epoch. */
export async function expire(shelf: Shelf, size: number, now: number, json: boolean, out: Output): Promise<number> {
  const expired = await expireShelf(shelf, size, now)
  await out.line(json ? asciiJson(expired) : expiredText(expired))
  if (expired.trouble !== undefined) out.complain(`Not everything could be done: ${expired.trouble}`)
  return expired.trouble === undefined ? 0 : 1
}

async function forEach(
  shelf: Shelf,
  choice: Choice,
  out: Output,
  task: (found: Found) => Promise<number>,
): Promise<number> {
  let highest = 0
  let count = 0
  for await (const chosen of targets(shelf, choice)) {
    count += 1
    if (typeof chosen === 'string') out.complain(chosen)
    highest = Math.max(highest, typeof chosen === 'string' ? 1 : await task(chosen))
  }
  if (count === 0) out.complain('No entries.')
  return highest
}

async function* targets(shelf: Shelf, choice: Choice): AsyncGenerator<Found | string> {
  if ('ids' in choice) return yield* await chosenById(shelf, choice.ids)
  for await (const chosen of chosenBy(shelf, choice.filter)) {
    const { found } = chosen
    yield 'broken' in chosen ? `${found.id}: it cannot be read: ${plain(chosen.broken)}` : found
  }
}

function told(released: Released): { readonly code: number; readonly words: string } {
  switch (released.kind) {
    case 'released': {
      const rest = released.trouble === undefined ? '' : `; but the entry could not be deleted: ${released.trouble}`
      return { code: rest === '' ? 0 : 1, words: `released: ${replyText(released.reply)}${rest}` }
    }
    case 'refused':
      return { code: 1, words: `kept, the next hop refuses it: ${answer(released)}` }
    case 'not now':
      return { code: tryAgain, words: `kept, try again later: ${answer(released)}` }
    case 'in doubt':
      return {
        code: inDoubt,
        words: `kept, but it MAY HAVE BEEN DELIVERED: all was sent and no answer came (${plain(released.cause ?? '')}). Look into the mailbox before you release it again.`,
      }
    case 'busy':
      return {
        code: 1,
        words:
          'it is just being released or deleted by somebody else. If a release was interrupted, it can be released again an hour after it began.',
      }
    case 'gone':
      return { code: 1, words: 'it is gone again' }
    case 'broken':
      return { code: 1, words: `kept, it cannot be read: ${plain(released.cause)}` }
  }
}

/** The next hop's own words where it spoke, else what happened. */
function answer({ reply, cause }: Extract<Released, { cause: string | undefined; reply: unknown }>): string {
  return cause === undefined ? replyText(reply) : plain(cause)
}

async function say(text: string, json: boolean, code: number, out: Output): Promise<void> {
  if (json || code === 0) await out.line(text)
  else out.complain(text)
}

function expiredText({ old, surplus, leftovers, givenBack, left, octets }: Expired): string {
  return (
    `Removed: ${old} too old, ${surplus} over the size, ${leftovers} never whole or half deleted. ` +
    `Given back: ${givenBack} whose release was interrupted. Left: ${left} (${sizeText(octets)}).`
  )
}
