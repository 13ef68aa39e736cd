/** Log lines as Postfix writes them, so that one grep works on both logs. */
import type { Clock } from '../clock.ts'
import { replyText } from '../reply.ts'
import { asLast } from './as-last.ts'
import { becauseText, dsn, placeText, status } from './log.ts'
import type { Delays, Fields, Level, Log, Settled } from './log.ts'
import type { Output } from './output.ts'
import { bracketed, plain, quoted } from './plain.ts'

/** `head` gives what stands before each line: time, host, program, or nothing where journald adds that itself. */
export function textLog(output: Output, head: () => string): Log {
  return {
    recipient: settled => output.write(`${head()}${recipientLine(settled)}\n`),
    event: (level, name, fields) => output.write(`${head()}${eventLine(level, name, fields)}\n`),
    flush: () => output.flush(),
    flushNow: () => output.flushNow(),
  }
}

/**
 * Ours comes first, and from `to=` on it is what Postfix's own lmtp(8) writes: its readers expect those fields side by side, and the reply,
 * in which the next hop may say anything, ends the line.
 */
export function recipientLine(settled: Settled): string {
  const { reply, originalTo, shadow, cause } = settled
  return (
    transactionText(settled.queueId ?? settled.id, settled.from) +
    verdictText(settled.action, settled.because, settled.place) +
    (shadow === undefined ? '' : shadowText(shadow)) +
    (cause === undefined ? '' : `cause=${quoted(cause)}, `) +
    (settled.inDoubt ? 'in_doubt=yes, ' : '') +
    `${stageText(settled.stage, settled.id)}to=${bracketed(settled.to)}, ` +
    (originalTo === undefined ? '' : `orig_to=${bracketed(originalTo)}, `) +
    `relay=${plainWord(settled.relay ?? 'none')}, ${delaysText(settled.delays)}, ${outcomeText(reply)}`
  )
}

/** What comes again in line after line: of one transaction, one policy, one next hop. */
const transactionText = asLast((id: string, from: string) => `${plain(id, 40)}: from=${bracketed(from)}, `)
const verdictText = asLast(
  (action: Settled['action'], because: Settled['because'], place: Settled['place']) =>
    `action=${action}, because=${quoted(becauseText(because))}, policy=${quoted(placeText(place))}, `,
)
const stageText = asLast((stage: string, id: string) => `stage=${quoted(stage)}, id=${id}, `)
const plainWord = asLast((text: string) => plain(text))

const outcomeText = asLast(
  (reply: Settled['reply']) => `dsn=${dsn(reply)}, status=${status(reply)} (${replyText(reply)})`,
)

function shadowText({ action, because, place }: NonNullable<Settled['shadow']>): string {
  return `shadow=${quoted(`${action} (${becauseText(because)}, ${placeText(place)})`)}, `
}

function delaysText({ receive, decide, wait, deliver }: Delays): string {
  const all = seconds(Math.round(receive + decide + wait + deliver))
  return `delay=${all}, ${partsText(Math.round(receive), Math.round(decide), Math.round(wait), Math.round(deliver))}`
}

const partsText = asLast(
  (receive: number, decide: number, wait: number, deliver: number) =>
    `delays=${seconds(receive)}/${seconds(decide)}/${seconds(wait)}/${seconds(deliver)}`,
)

/** Of whole milliseconds: thousandths at most, no trailing zeros: `0.12`. */
function seconds(ms: number): string {
  return usual[ms] ?? String(ms / 1000)
}

/** Made once: to write a fraction takes longer than all the rest of a line. */
const usual = Array.from({ length: 1000 }, (_, ms) => String(ms / 1000))

/** Postfix marks warnings and errors with a word in front, and so do we. */
export function eventLine(level: Level, name: string, fields: Fields = {}): string {
  const parts = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${quoted(String(value), 1000)}`],
  )
  const mark = level === 'info' ? '' : `${level}: `
  return `${mark}${plain(name)}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`
}

/** `Nov 22 06:00:00 mail lmtp-gate[123]: `; what time of day it is, is asked once a second. */
export function syslogHead(clock: Clock, host: string, pid: number): () => string {
  const tail = ` ${plain(host.split('.')[0] ?? '', 64)} lmtp-gate[${pid}]: `
  let until = -Infinity
  let head = ''
  return () => {
    if (clock.now() < until) return head
    const now = clock.date()
    until = clock.now() + 1000 - now.getMilliseconds()
    const [, month, , , time] = now.toString().split(' ')
    head = `${month} ${String(now.getDate()).padStart(2)} ${time}${tail}`
    return head
  }
}
