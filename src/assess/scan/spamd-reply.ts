/** spamd's answer to SYMBOLS: a status line, `Spam: True ; 6.4 / 5.0`, an empty line, the names of the tests. Bytes in, meaning out. */
import type { Attempt } from './runner.ts'
import { printable, type SpamEvidence } from './scanner.ts'

const maxSymbols = 1000

/** All of it is here: for an error, that is one line. */
export function isComplete(reply: Buffer): boolean {
  const { status, length, body } = read(reply)
  if (status === undefined) return false
  return status !== 0 || (body !== undefined && length !== undefined && body.length >= length)
}

/** A complete reply. `sent`: all of the message had been given out before. Exit codes are those of sysexits.h. */
export function readSpamdReply(reply: Buffer, sent: boolean): Attempt<SpamEvidence> {
  const { line, status, score, length, body } = read(reply)
  if (status === dataError) return { kind: 'unscannable', words: printable(line) }
  if (status !== 0) return { kind: 'failed', cause: `said: ${printable(line)}`, answered: true }
  if (!sent || score === undefined || body?.length !== length)
    return { kind: 'failed', cause: 'answer is nonsense', answered: true }
  const names = (body ?? '').split(/[\s,]+/).filter(name => name !== '')
  const symbols = names.slice(0, maxSymbols).map(name => printable(name, 100))
  return { kind: 'known', value: { score, symbols } }
}

/** EX_DATAERR: the message itself is the trouble. */
const dataError = 65

type Parts = {
  readonly line: string
  readonly status: number | undefined
  readonly score: number | undefined
  readonly length: number | undefined
  readonly body: string | undefined
}

function read(reply: Buffer): Parts {
  const text = reply.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  const head = end < 0 ? text : text.slice(0, end + 2)
  const status = /^SPAMD\/[\d.]+ (\d{1,3}) [^\r\n]*\r\n/.exec(text)?.[1]
  const length = /^Content-length: *(\d{1,9})\r$/im.exec(head)?.[1]
  const score = /^Spam: *\w+ *; *(-?\d{1,9}(?:\.\d{1,9})?) *\/ *-?[\d.]+\r$/im.exec(head)?.[1]
  return {
    line: text.split('\r\n', 1)[0] ?? '',
    status: status === undefined ? undefined : Number(status),
    score: score === undefined ? undefined : Number(score),
    length: length === undefined ? undefined : Number(length),
    body: end < 0 ? undefined : text.slice(end + 4),
  }
}
