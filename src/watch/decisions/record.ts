/** What was decided about a transaction, and by which facts, as a line of JSON. Pure. */
import { notAsked } from '../../assess/assessment.ts'
import { factText } from '../../decide/fact-text.ts'
import { nothingLearned } from '../../decide/facts.ts'
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
  const head =
    `{"version":1,"id":${quoted(id)},${member('queue', client?.ident)}"at":${begun.getTime()},"stage":"${stage}",` +
    `"sender":${quoted(sender.path)},${member('size', sender.size)}${member('client', client?.address)}`
  let to = ''
  for (const { recipient, profile, verdict } of recipients) {
    const { path, params } = recipient
    const whom = `"path":${quoted(path)},"params":${params.length === 0 ? '[]' : JSON.stringify(params)}`
    const what = verdictText(profile, verdict.action, verdict.because, verdict.place)
    to += `${to === '' ? '' : ','}{${whom},${what}}`
  }
  return `${head}"to":[${to}],${factsText(evidence)}}\n`
}

/** With a comma behind it, if there is a value. */
function member(name: string, value: string | number | undefined): string {
  if (value === undefined) return ''
  return `"${name}":${typeof value === 'number' ? value : quoted(value)},`
}

/** What JSON would make of it: to ask for that takes longer than to see that there is nothing to escape. */
function quoted(text: string): string {
  return /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : JSON.stringify(text)
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
  const [first = nothingLearned] = evidence.values()
  const common: string[] = []
  const spam: string[] = []
  for (const name of commonFacts) learn(common, name, first[name])
  for (const [profile, facts] of evidence) learn(spam, profile, facts.spam)
  const longest = lengthOf(common) + lengthOf(spam) <= maxFacts ? Infinity : maxFact
  return `"facts":{${within(common, longest)}},"spam":{${within(spam, longest)}}`
}

const commonFacts = (Object.keys(nothingLearned) as (keyof Evidence)[]).filter(name => name !== 'spam')

/** Takes it to `texts` if it is known or not to be known. */
function learn(texts: string[], name: string, fact: Fact<unknown>): void {
  if (fact.state !== 'pending' && fact !== notAsked) texts.push(`${quoted(name)}:${factText(fact)}`)
}

function lengthOf(texts: readonly string[]): number {
  let length = 0
  for (const text of texts) length += text.length
  return length
}

/** `longest`: characters of a single one. */
function within(texts: readonly string[], longest: number): string {
  let all = ''
  for (const text of texts) if (text.length <= longest) all += all === '' ? text : `,${text}`
  return all
}
