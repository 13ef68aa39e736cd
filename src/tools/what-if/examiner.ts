/** Goes through messages, or through parts of files of decisions, and counts what other policies would change. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import pLimit from 'p-limit'
import { addressOf, originalRecipient } from '../../address.ts'
import { envelopeFacts, factsAtRcpt } from '../../assess/envelope.ts'
import { headerFields } from '../../assess/header.ts'
import type { Config } from '../../config/config.ts'
import { nothingLearned } from '../../decide/facts.ts'
import { systemClock } from '../../clock.ts'
import { replyText } from '../../reply.ts'
import { unfit } from '../../settle/sentences.ts'
import type { Message, Recipient } from '../../transaction.ts'
import { sizeText } from '../../units.ts'
import { linesWithin } from '../../watch/decisions/lines.ts'
import { recordedIn, type Recorded } from '../../watch/decisions/recorded.ts'
import type { Share } from '../../workers/share.ts'
import { clientOf, envelopeOf, transactionOf, type EnvelopeOptions } from '../explain/envelope.ts'
import { openRest, readMessage, type Rest } from '../explain/read-message.ts'
import { factsThen, wasAsked } from '../explain/recall.ts'
import { failureOf } from '../failure.ts'
import { compare } from './compare.ts'
import type { Doubt } from './decide-surely.ts'
import { MessageFacts, type Envelope, type FactsFrom } from './message-facts.ts'
import { Standings, type Standing } from './standing.ts'
import type { Tally } from './tally.ts'
import { TaskReport, type Pair } from './task-report.ts'
import type { Task } from './tasks.ts'

/** `before`, `after`: folders of policies, absolute. `envelope`: instead of what messages say. `list`: say who is concerned. `rest`: a folder for messages meanwhile. */
export type Setup = {
  readonly config: Config
  readonly before: string
  readonly after: string
  readonly envelope: EnvelopeOptions
  readonly client: string | undefined
  readonly facts: FactsFrom
  readonly list: boolean
  readonly rest: string
}

/** Messages of a task that are read at a time: their parts are read by another thread, and scanners have to be waited for. */
const atATime = 4

export class Examiner {
  readonly #setup: Setup
  readonly #before: Standings
  readonly #after: Standings
  readonly #facts: MessageFacts
  readonly #rest: Rest

  /** Throws if policies cannot be used, which is to be looked at before. */
  static async open(setup: Setup, share: Share): Promise<Examiner> {
    const { config } = setup
    const before = Standings.load(config, setup.before)
    const after = Standings.load(config, setup.after)
    if ('problems' in before || 'problems' in after)
      throw new Error('the policies changed meanwhile and cannot be used')
    return new Examiner(setup, before, after, await MessageFacts.open(setup.facts, config, share))
  }

  private constructor(setup: Setup, before: Standings, after: Standings, facts: MessageFacts) {
    this.#setup = setup
    this.#before = before
    this.#after = after
    this.#facts = facts
    this.#rest = openRest(setup.config.limits.message, setup.rest)
  }

  async close(): Promise<void> {
    this.#rest.close()
    await this.#facts.close()
  }

  /** What cannot be read or understood is among the failures. */
  async examine(task: Task): Promise<Tally> {
    const report = new TaskReport(this.#setup.list)
    switch (task.kind) {
      case 'messages': {
        const limit = pLimit(atATime)
        const reports = await Promise.all(task.paths.map(path => limit(() => this.#message(path))))
        for (const one of reports) report.add(one.tally())
        break
      }
      case 'decisions':
        await this.#decisions(task, report).catch((error: unknown) => report.fail(failureOf(task.path, error)))
    }
    return report.tally()
  }

  async #message(path: string): Promise<TaskReport> {
    const report = new TaskReport(this.#setup.list)
    let message: Message | undefined
    try {
      const read = await this.#read(path)
      if (typeof read === 'string') report.fail(`${path}: ${read}`)
      else {
        message = read
        await this.#compareMessage(message, path, report)
      }
    } catch (error) {
      // Whatever one message does to us, the others are looked at.
      report.fail(failureOf(path, error))
    } finally {
      message?.discard()
    }
    return report
  }

  async #read(path: string): Promise<Message | string> {
    const found = await stat(path)
    const limit = this.#setup.config.limits.message
    if (!found.isFile()) return 'this is no regular file'
    if (found.size > limit) return `larger than the gate takes (limits.message: ${sizeText(limit)})`
    const read = await readMessage(createReadStream(path), this.#rest)
    return typeof read === 'string' ? `the gate would not take it: ${replyText(unfit[read])}` : read
  }

  async #compareMessage(message: Message, path: string, report: TaskReport): Promise<void> {
    const { envelope: told, client: address } = this.#setup
    const envelope = await envelopeOf(told, message)
    report.counts.messages += 1
    if (typeof envelope === 'string') {
      report.counts.unaddressed += 1
      return
    }
    if (told.from === undefined && !((await headerFields(message, 'Return-Path')) ?? []).length)
      report.counts.senderless += 1
    const client = clientOf(address)
    if (typeof client === 'string') throw new Error(client)
    const { sender, recipients } = transactionOf(envelope, undefined)
    const common = envelopeFacts({ sender, client, begun: systemClock.date() })
    const all = recipients.map(recipient => ({
      recipient,
      pair: this.#pairOf(recipient),
      atRcpt: factsAtRcpt(common, recipient),
    }))
    const policies = all.flatMap(({ pair }) => policiesOf(pair))
    const learned = await this.#learn(message, { sender, recipients, client }, policies)
    for (const { recipient, pair, atRcpt } of all) {
      const side = (standing: Standing) => ({
        standing,
        facts: 'broken' in standing ? { ...atRcpt, ...nothingLearned } : learned(atRcpt, standing.policy),
      })
      const found = compare(side(pair.before), side(pair.after), this.#facts.doubt)
      report.recipient(found, pair, { recipient: recipient.path, sender: sender.path, source: path })
    }
  }

  #learn(
    message: Message,
    envelope: Envelope,
    policies: readonly Parameters<MessageFacts['learn']>[2][number][],
  ): ReturnType<MessageFacts['learn']> {
    return policies.length === 0 ? Promise.resolve(atRcpt => atRcpt) : this.#facts.learn(message, envelope, policies)
  }

  async #decisions({ path, from, to }: Extract<Task, { kind: 'decisions' }>, report: TaskReport): Promise<void> {
    for await (const line of linesWithin(path, from, to)) {
      const recorded = line === undefined ? undefined : recordedIn(line)
      if (recorded === undefined) report.garbled(path)
      else
        try {
          this.#compareRecorded(recorded, report)
        } catch (error) {
          report.fail(failureOf(`${path}, decision ${recorded.id}`, error))
        }
    }
  }

  #compareRecorded(recorded: Recorded, report: TaskReport): void {
    report.counts.messages += 1
    const { id, queue, sender, recipients } = recorded
    for (const { recipient } of recipients) {
      const pair = this.#pairOf(recipient)
      const side = (standing: Standing) => ({
        standing,
        facts: factsThen(recorded, recipient, 'broken' in standing ? '' : standing.policy.profile),
      })
      const found = compare(side(pair.before), side(pair.after), unasked)
      report.recipient(found, pair, { recipient: recipient.path, sender, source: queue ?? id })
    }
  }

  #pairOf({ path, params }: Recipient): Pair {
    const [recipient, original] = [addressOf(path), originalRecipient(params)]
    return { before: this.#before.of(recipient, original), after: this.#after.of(recipient, original) }
  }
}

const unasked: Doubt = ({ fields }, facts) => fields.some(field => !wasAsked(facts, field))

function policiesOf({ before, after }: Pair): Parameters<MessageFacts['learn']>[2] {
  return [before, after].flatMap(standing => ('broken' in standing ? [] : [standing.policy]))
}
