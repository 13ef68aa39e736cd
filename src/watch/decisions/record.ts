/** What was decided about a transaction, and by which facts, as a line of JSON. Pure. */
import { notAsked } from '../../assess/assessment.ts'
import type { Evidence, Fact } from '../../decide/facts.ts'
import type { Verdict } from '../../decide/verdict.ts'
import type { Client, Recipient, Sender } from '../../transaction.ts'
import { asLast } from '../as-last.ts'

/** One recipient's part. `profile`: of the spam scanner, by which his evidence is found; '' for none. */
export type DecidedFor = {
  readonly recipient: Recipient
  readonly profile: string
  readonly verdict: Pick<Verdict, 'action' | 'because' | 'place'>
}

/** `id`: the gate's own of the transaction. `evidence` by profile: facts that are pending or were not asked for are left out of the line. */
export type Decision = {
  readonly id: string
  readonly begun: Date
  readonly sender: Sender
  readonly client: Client | undefined
  readonly stage: 'RCPT' | 'end of data'
  readonly evidence: ReadonlyMap<string, Evidence>
  readonly recipients: readonly DecidedFor[]
}

/** Whoever takes decisions down; that takes no time worth mentioning. */
export type Decisions = { record(decision: Decision): void }

/** Characters of facts that are written down of a transaction; if there are more, only single facts that are short. */
const maxFacts = 65_536
const maxFact = 4096

/** With a newline at its end, and nowhere else. */
export function lineOf({ id, begun, sender, client, stage, evidence, recipients }: Decision): string {
  const head = JSON.stringify({
    version: 1,
    id,
    queue: client?.ident,
    at: begun.getTime(),
    stage,
    sender: sender.path,
    size: sender.size,
    client: client?.address,
  })
  let to = ''
  for (const { recipient, profile, verdict } of recipients) {
    const { path, params } = recipient
    const whom = `"path":${JSON.stringify(path)},"params":${params.length === 0 ? '[]' : JSON.stringify(params)}`
    const what = verdictText(profile, verdict.action, verdict.because, verdict.place)
    to += `${to === '' ? '' : ','}{${whom},${what}}`
  }
  return `${head.slice(0, -1)},"to":[${to}],${factsText(evidence)}}\n`
}

/** Without braces. */
const verdictText = asLast(
  (
    profile: string,
    action: DecidedFor['verdict']['action'],
    because: DecidedFor['verdict']['because'],
    place: DecidedFor['verdict']['place'],
  ) => JSON.stringify({ profile, action, because, place }).slice(1, -1),
)

/** Only what the spam scanner says hangs on the profile. */
function factsText(evidence: ReadonlyMap<string, Evidence>): string {
  const [first] = evidence.values()
  const common = Object.entries(first ?? {}).filter(([name]) => name !== 'spam')
  const spam = Array.from(evidence, ([profile, facts]) => [profile, facts.spam] as const)
  const text = (longest: number) => `"facts":${learned(common, longest)},"spam":${learned(spam, longest)}`
  const whole = text(Infinity)
  return whole.length <= maxFacts ? whole : text(maxFact)
}

/** A table of those that are known or not to be known, as JSON. */
function learned(facts: readonly (readonly [string, Fact<unknown>])[], longest: number): string {
  let text = ''
  for (const [name, fact] of facts) {
    if (fact.state === 'pending' || fact === notAsked) continue
    const json = JSON.stringify(fact)
    if (json.length <= longest) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${json}`
  }
  return `{${text}}`
}
