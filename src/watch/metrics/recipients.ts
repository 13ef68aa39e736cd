/** What became of recipients, counted: by how far they came, what was done and which step decided it, never by a name from a message or rule. */
import type { Action, Reason } from '../../decide/verdict.ts'
import type { Stage } from '../../deliver/outcome.ts'
import { status } from '../log.ts'
import type { Settled } from '../log.ts'
import { counter } from './family.ts'
import type { Family, Sample } from './family.ts'
import { histogram, Timing } from './timing.ts'

const stages: Readonly<Record<Stage, number>> = {
  connect: 0,
  greeting: 1,
  LHLO: 2,
  MAIL: 3,
  RCPT: 4,
  DATA: 5,
  message: 6,
  'end of data': 7,
}

const actions: Readonly<Record<Action, number>> = {
  deliver: 0,
  junk: 1,
  quarantine: 2,
  discard: 3,
  reject: 4,
  defer: 5,
}

const steps: Readonly<Record<Reason['step'], number>> = {
  'declared size': 0,
  senders: 1,
  rules: 2,
  attachments: 3,
  spam: 4,
  virus: 5,
  at_worst: 6,
  bounce_guard: 7,
  'real size': 8,
  enforce: 9,
  default: 10,
  'broken policy': 11,
}

const statuses: Readonly<Record<ReturnType<typeof status>, number>> = { sent: 0, deferred: 1, bounced: 2 }

const size = (record: object): number => Object.keys(record).length
const [actionCount, stepCount, statusCount] = [size(actions), size(steps), size(statuses)]

/** Next hops have names from the configuration and from policy files; more than so many share a line. */
const maxNextHops = 50

export class RecipientCounts {
  /** A cell for each combination, most of them zero for ever: cheaper than looking one up. */
  readonly #cells = new Float64Array(size(stages) * actionCount * stepCount * statusCount)
  readonly #delays = { receive: new Timing(), decide: new Timing(), wait: new Timing(), deliver: new Timing() }
  readonly #nextHops = new Map<string, Timing>()
  /** What verdicts would have been but for a trial: actions × steps. */
  readonly #shadows = new Float64Array(actionCount * stepCount)
  #inDoubt = 0

  add({ stage, action, because, reply, delays, relay, inDoubt, shadow }: Settled): void {
    const cell =
      ((stages[stage] * actionCount + actions[action]) * stepCount + steps[because.step]) * statusCount +
      statuses[status(reply)]
    this.#cells[cell] = (this.#cells[cell] ?? 0) + 1
    if (inDoubt) this.#inDoubt += 1
    if (shadow !== undefined) {
      const tried = actions[shadow.action] * stepCount + steps[shadow.because.step]
      this.#shadows[tried] = (this.#shadows[tried] ?? 0) + 1
    }
    const { receive, decide, wait, deliver } = delays
    // What took no time at all is what a recipient never came to.
    if (receive > 0) this.#delays.receive.add(receive)
    if (decide > 0) this.#delays.decide.add(decide)
    if (wait > 0) this.#delays.wait.add(wait)
    if (deliver === 0) return
    this.#delays.deliver.add(deliver)
    if (relay !== undefined) this.#nextHop(relay).add(deliver)
  }

  families(): readonly Family[] {
    return [
      counter(
        'lmtp_gate_recipients_total',
        'Recipients by how far the conversation had come, what was done, the step that decided it, and what Postfix was told.',
        this.#samples(),
      ),
      counter(
        'lmtp_gate_in_doubt_total',
        'Recipients for whom everything was sent to the next hop and no answer came.',
        this.#inDoubt,
      ),
      counter(
        'lmtp_gate_bounces_suppressed_total',
        'Rejects that the bounce guard turned into something else.',
        this.#sumOfStep('bounce_guard'),
      ),
      counter(
        'lmtp_gate_shadow_verdicts_total',
        'Recipients whose verdict would have been this one but for shadow: true.',
        this.#shadowSamples(),
      ),
      histogram(
        'lmtp_gate_delay_seconds',
        'Time of each recipient in each phase that he came to, as in the delays of the log.',
        'phase',
        Object.entries(this.#delays),
      ),
      histogram(
        'lmtp_gate_next_hop_seconds',
        "Time from a delivery group's turn to the reply of the next hop, for each recipient.",
        'next_hop',
        this.#nextHops,
      ),
    ]
  }

  #nextHop(relay: string): Timing {
    const known = this.#nextHops.get(relay)
    if (known !== undefined) return known
    const name = this.#nextHops.size < maxNextHops ? relay : 'other'
    const timing = this.#nextHops.get(name) ?? new Timing()
    this.#nextHops.set(name, timing)
    return timing
  }

  #samples(): readonly Sample[] {
    const samples: Sample[] = []
    let cell = 0
    for (const stage of Object.keys(stages))
      for (const action of Object.keys(actions))
        for (const step of Object.keys(steps))
          for (const told of Object.keys(statuses)) {
            const value = this.#cells[cell] ?? 0
            if (value > 0) samples.push({ labels: { stage, action, step, status: told }, value })
            cell += 1
          }
    return samples
  }

  #shadowSamples(): readonly Sample[] {
    return Object.keys(actions).flatMap((action, i) =>
      Object.keys(steps).flatMap((step, j) => {
        const value = this.#shadows[i * stepCount + j] ?? 0
        return value > 0 ? { labels: { action, step }, value } : []
      }),
    )
  }

  #sumOfStep(step: Reason['step']): number {
    return this.#samples().reduce((sum, { labels, value }) => (labels['step'] === step ? sum + value : sum), 0)
  }
}
