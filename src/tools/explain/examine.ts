/** Decides as the gate does, first at RCPT and then with all that can be learned, and writes down why. */
import type { Sources } from '../../assess/assessment.ts'
import { envelopeFacts, factsAtRcpt } from '../../assess/envelope.ts'
import type { Clock } from '../../clock.ts'
import { decide } from '../../decide/decide.ts'
import { factsOf } from '../../decide/facts.ts'
import type { Facts } from '../../decide/facts.ts'
import type { Policy } from '../../decide/policy.ts'
import type { Problem } from '../../decide/problem.ts'
import type { Layers, Rules } from '../../decide/rules.ts'
import type { Note } from '../../decide/trace.ts'
import type { Verdict } from '../../decide/verdict.ts'
import type { Client, Message, Recipient, Sender } from '../../transaction.ts'
import type { Origins } from './facts-words.ts'
import { withGivenAuth, type Given } from './given-facts.ts'
import { learn } from './learn.ts'

/** `message` undefined: only what is known at RCPT counts. `given`: instead of what scanners say. */
export type Question = {
  readonly sender: Sender
  readonly client: Client | undefined
  readonly recipients: readonly Recipient[]
  readonly message: Message | undefined
  readonly given: Given | undefined
}

/** Why one recipient fares as he does. `stage`: when his verdict is certain; without a verdict it waits for what is not known. */
export type Examined = {
  readonly recipient: Recipient
  readonly layers: Layers
  readonly policy: Policy
  readonly facts: Facts
  readonly origins: Origins
  readonly notes: readonly Note[]
  readonly verdict: Verdict | undefined
  /** The same with all that is on trial (`shadow: true`) in force, if something is. */
  readonly trial: Traced | undefined
  readonly stage: 'RCPT' | 'end of data'
  /** What the gate decided, where it did. */
  readonly then?: Then
}

type Traced = { readonly notes: readonly Note[]; readonly verdict: Verdict | undefined }

/** A decision that was taken down. */
export type Then = Pick<Verdict, 'action' | 'because' | 'place'> & { readonly transaction: string; readonly at: Date }

/** His own file cannot be used. `facts`: by which would have been decided; `then` as of others. */
export type Unusable = Pick<Examined, 'recipient' | 'facts' | 'then'> & { readonly broken: readonly Problem[] }

/** In the order of the recipients. Rejects if the message cannot be read. */
export async function examine(
  question: Question,
  rules: Rules,
  sources: Sources,
  clock: Clock,
): Promise<readonly (Examined | Unusable)[]> {
  const { sender, client, recipients, message, given } = question
  const common = envelopeFacts({ sender, client, begun: clock.date() })
  const atRcpt = recipients.map(recipient => examineBy(factsAtRcpt(common, recipient), recipient, rules))
  const offered = atRcpt.filter(one => 'verdict' in one && !isRefused(one.verdict))
  if (message === undefined || offered.length === 0) return atRcpt
  const subject = {
    message,
    sender,
    recipients: offered.map(({ recipient }) => recipient),
    client,
    transaction: 'explain',
  }
  const policies = offered.flatMap(one => ('policy' in one ? [one.policy] : []))
  const { evidence, origins } = await learn(sources, subject, policies, clock)
  return atRcpt.map(one => {
    if ('broken' in one || isRefused(one.verdict)) return one
    const known = factsOf(one.facts, one.facts, evidence(one.policy.profile))
    const facts = given === undefined ? known : withGivenAuth(known, given)
    return { ...one, ...decided(facts, one.policy), facts, origins, stage: 'end of data' }
  })
}

/** With these facts and no others. */
export function examineBy(facts: Facts, recipient: Recipient, rules: Rules): Examined | Unusable {
  const found = rules.policyFor(facts.recipient, facts.original)
  const layers = rules.layersFor(facts.recipient, facts.original)
  if ('broken' in found) return { recipient, facts, broken: found.broken }
  if ('broken' in layers) return { recipient, facts, broken: layers.broken }
  const { policy } = found
  return { recipient, layers, policy, facts, origins: {}, ...decided(facts, policy), stage: 'RCPT' }
}

function decided(facts: Facts, policy: Policy): Pick<Examined, 'verdict' | 'notes' | 'trial'> {
  const { trial } = policy
  return { ...traced(facts, policy), trial: trial && traced(facts, trial) }
}

function traced(facts: Facts, policy: Policy): Traced {
  const notes: Note[] = []
  const verdict = decide(facts, policy, note => notes.push(note))
  return { verdict, notes }
}

/** Of all other verdicts the client hears after the end of data. */
function isRefused(verdict: Verdict | undefined): boolean {
  return verdict?.action === 'reject' || verdict?.action === 'defer'
}
