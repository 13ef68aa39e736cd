/** What a policy, or an `enforce`, comes to by itself: senders, rules, attachments, spam; else the message is delivered. */
import type { Facts } from '../facts.ts'
import type { Asked, Policy } from '../policy.ts'
import type { Rule } from '../settings.ts'
import type { Tell } from '../trace.ts'
import { askAttachments } from './attachments.ts'
import type { Finding } from './finding.ts'
import { askRules } from './rules.ts'
import { askSenders } from './senders.ts'
import { askSpam } from './spam.ts'

/** `editing` undefined: not certain yet; all else is. */
export type Choice = Finding & { readonly editing: readonly Rule[] | undefined }

/** Undefined while it hangs on facts that are pending. */
export function choose(facts: Facts, asked: Asked, policy: Policy, tell: Tell | undefined): Choice | undefined {
  const listed = askSenders(facts, asked.senders, policy.proof, tell)
  if (listed === undefined) return undefined
  if (listed !== 'nobody listed' && listed.effect === 'block') {
    const { action, text } = asked.senders
    return {
      action: action?.value ?? 'junk',
      text: text?.value,
      because: { step: 'senders', words: `block ${listed.pattern.text}` },
      place: listed.place,
      told: 'sender',
      editing: [],
    }
  }
  const say = askRules(facts, asked, policy, tell)
  if (say === undefined) return undefined
  const { decided, editing } = say
  if (decided !== undefined) return { ...decided.finding, editing }
  if (listed !== 'nobody listed') {
    const because = { step: 'senders', words: `allow ${listed.pattern.text}` } as const
    return { ...nothingAgainst, because, place: listed.place, editing }
  }
  const finding = askContent(facts, asked, tell)
  if (finding === undefined) return undefined
  const { action, text, because, place, told } = finding === 'nothing' ? nothingAgainst : finding
  return { action, text, because, place, told, editing }
}

function askContent(
  facts: Facts,
  { attachments, spam }: Asked,
  tell: Tell | undefined,
): Finding | 'nothing' | undefined {
  const inAttachments = attachments === undefined ? 'nothing' : askAttachments(facts, attachments)
  tell?.({ step: 'attachments', asked: attachments, found: inAttachments })
  if (inAttachments !== 'nothing') return inAttachments
  const inSpam = spam === undefined ? 'nothing' : askSpam(facts, spam)
  tell?.({ step: 'spam', asked: spam, found: inSpam })
  return inSpam
}

const nothingAgainst = {
  action: 'deliver',
  text: undefined,
  because: { step: 'default', words: 'nothing against it' },
  place: 'built in',
  told: undefined,
} as const
