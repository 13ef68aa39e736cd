/** clamd's protocol, as far as we speak it (clamd(8)): INSTREAM with the whole message as one chunk, and what its answer means. */
import type { VirusReport } from '../../decide/facts.ts'
import type { Message } from '../../transaction.ts'
import type { Exchanged } from './exchange.ts'
import type { Attempt } from './runner.ts'
import { printable } from './scanner.ts'
import { whole } from '../../whole.ts'

/** A chunk's length has 32 bits. */
export const maxStream = 0xffff_ffff

/** clamd compares a chunk's announced length with its limit before it reads the chunk, so one that is too big is refused before it is sent. */
export async function* inStream(message: Message): AsyncGenerator<Uint8Array> {
  yield announcement(message.size)
  yield* whole(message)
  if (message.size > 0) yield Buffer.alloc(4)
}

/** INSTREAM and the announcement alone; of nothing, it is a complete empty stream. */
export function announcement(size: number): Buffer {
  const head = Buffer.alloc(instream.length + 4)
  head.write(instream, 'latin1')
  head.writeUInt32BE(size, instream.length)
  return head
}

const instream = 'zINSTREAM\0'

/** With the prefix `z`, commands and replies end with NUL. */
export function isComplete(reply: Buffer): boolean {
  return reply.includes(0)
}

export function refusesSize({ cause, reply }: Exchanged): boolean {
  return cause === undefined && text(reply).startsWith('INSTREAM size limit exceeded')
}

/** A complete exchange. Only `OK` for a stream that was sent to its end is clean. */
export function readAnswer(exchanged: Exchanged): Attempt<VirusReport> {
  const answer = text(exchanged.reply)
  if (refusesSize(exchanged)) return { kind: 'unscannable', words: 'larger than it takes' }
  const found = /^stream: (.+) FOUND$/.exec(answer)?.[1]
  if (found !== undefined) return readName(printable(found))
  if (answer === 'stream: OK' && exchanged.sent) return { kind: 'known', value: { found: [] } }
  if (/ ERROR$/.test(answer) && /time limit|max|CL_ETIMEOUT/i.test(answer))
    return { kind: 'unscannable', words: `over its limits (${printable(answer)})` }
  return { kind: 'failed', cause: `said: ${printable(answer)}`, answered: true }
}

/** Some names are no virus, but say why it could not look (AlertExceedsMax, AlertEncrypted in clamd.conf(5)). */
function readName(name: string): Attempt<VirusReport> {
  if (name.startsWith('Heuristics.Limits.Exceeded')) return { kind: 'unscannable', words: `over its limits (${name})` }
  if (name.startsWith('Heuristics.Encrypted')) return { kind: 'unscannable', words: `encrypted (${name})` }
  return { kind: 'known', value: { found: [name] } }
}

function text(reply: Buffer): string {
  const end = reply.indexOf(0)
  return reply.toString('latin1', 0, end < 0 ? reply.length : end).trim()
}
