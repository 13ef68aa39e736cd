/** How often each event was logged: whatever the log tells of beside recipients can be alerted on. */
import type { Level, Log } from '../log.ts'
import { counter } from './family.ts'
import type { Family } from './family.ts'
import type { RecipientCounts } from './recipients.ts'

type Seen = { readonly level: Level; readonly event: string; count: number }

export class EventCounts {
  /** Events have fixed names of ours, so there are few. */
  readonly #seen = new Map<string, Seen>()

  add(level: Level, event: string): void {
    const seen = this.#seen.get(event)
    if (seen === undefined) this.#seen.set(event, { level, event, count: 1 })
    else seen.count += 1
  }

  families(): readonly Family[] {
    const values = [...this.#seen.values()].map(({ level, event, count }) => ({
      labels: { level, event },
      value: count,
    }))
    return [
      counter('lmtp_gate_events_total', 'Log lines that are not about a recipient, by what they tell.', values),
      counter('lmtp_gate_bugs_total', 'Errors of the gate itself; each should be reported.', this.#countOf('bug')),
      counter(
        'lmtp_gate_settled_twice_total',
        'Transactions in which somebody was to get a second reply: an error of the gate itself, too, and harmless.',
        this.#countOf('settled twice'),
      ),
    ]
  }

  #countOf(event: string): number {
    return this.#seen.get(event)?.count ?? 0
  }
}

/** The same log, counted. */
export function countedLog(log: Log, recipients: RecipientCounts, events: EventCounts): Log {
  return {
    recipient: settled => {
      recipients.add(settled)
      log.recipient(settled)
    },
    event: (level, name, fields) => {
      events.add(level, name)
      log.event(level, name, fields)
    },
    flush: () => log.flush(),
    flushNow: () => log.flushNow(),
  }
}
