/** Log lines as JSON objects, for programs; the fields have the names they have in the text. */
import { pino } from 'pino'
import type { Clock } from '../clock.ts'
import { replyText } from '../reply.ts'
import { becauseText, dsn, placeText, status } from './log.ts'
import type { Fields, Log } from './log.ts'
import type { Output } from './output.ts'
import { plain } from './plain.ts'

export function jsonLog(output: Output, clock: Clock, host: string, pid: number): Log {
  const logger = pino(
    {
      base: { pid, hostname: plain(host, 64) },
      messageKey: 'event',
      timestamp: () => `,"time":"${clock.date().toISOString()}"`,
      formatters: { level: label => ({ level: label === 'warn' ? 'warning' : label }) },
    },
    output,
  )
  return {
    recipient: settled => {
      const { delays, reply, shadow } = settled
      logger.info(
        {
          queue_id: optional(settled.queueId),
          id: settled.id,
          from: plain(settled.from, 320),
          to: plain(settled.to, 320),
          orig_to: optional(settled.originalTo),
          relay: settled.relay,
          delay: Math.round(delays.receive + delays.decide + delays.wait + delays.deliver) / 1000,
          delays_ms: delays,
          dsn: dsn(reply),
          status: status(reply),
          reply: replyText(reply),
          stage: settled.stage,
          action: settled.action,
          step: settled.because.step,
          because: plain(settled.because.words),
          policy: plain(placeText(settled.place)),
          shadow: shadow?.action,
          shadow_because: shadow && plain(becauseText(shadow.because)),
          shadow_policy: shadow && plain(placeText(shadow.place)),
          cause: optional(settled.cause),
          in_doubt: settled.inDoubt || undefined,
        },
        'recipient',
      )
    },
    event: (level, name, fields) => {
      logger[level === 'warning' ? 'warn' : level](plainFields(fields), plain(name))
    },
    flush: () => output.flush(),
    flushNow: () => output.flushNow(),
  }
}

function optional(text: string | undefined): string | undefined {
  return text === undefined ? undefined : plain(text, 320)
}

function plainFields(fields: Fields = {}): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? plain(value, 1000) : value]),
  )
}
