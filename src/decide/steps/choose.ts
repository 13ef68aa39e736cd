/** What a policy, or an `enforce`, comes to by itself: what the senders, then the rules want; else the message is delivered. */
import type { Facts } from '../facts.ts'
import { looksAtRecipientAlone, type Asked, type ReplyText, type Rule } from '../settings.ts'
import type { Action, Place, Reason } from '../verdict.ts'
import { askRules } from './rules.ts'
import { askSenders } from './senders.ts'

/** `verifiable`: a reject of this kind is told to Postfix before it accepts the mail. `editing` undefined: not certain yet. */
export type Choice = {
  readonly action: Action
  readonly text: ReplyText | undefined
  readonly because: Reason
  readonly place: Place
  readonly verifiable: boolean
  readonly editing: readonly Rule[] | undefined
}

/** Undefined while it hangs on facts that are pending. */
export function choose(facts: Facts, asked: Asked, delimiters: string): Choice | undefined {
  const listed = askSenders(facts, asked.senders)
  if (listed === undefined) return undefined
  if (listed !== 'nobody listed' && listed.effect === 'block') {
    const { action, text } = asked.senders
    return {
      action: action?.value ?? 'junk',
      text: text?.value,
      because: { step: 'senders', words: `block ${listed.pattern.text}` },
      place: listed.place,
      verifiable: false,
      editing: [],
    }
  }
  const say = askRules(facts, asked.rules, delimiters)
  if (say === undefined) return undefined
  const { decided, editing } = say
  if (decided?.then !== undefined)
    return {
      action: decided.then,
      text: decided.text,
      because: { step: 'rules', words: decided.name },
      place: decided.place,
      verifiable: looksAtRecipientAlone(decided),
      editing,
    }
  const passed = listed === 'nobody listed' ? undefined : listed
  return {
    action: 'deliver',
    text: undefined,
    because:
      passed === undefined
        ? { step: 'default', words: 'nothing against it' }
        : { step: 'senders', words: `allow ${passed.pattern.text}` },
    place: passed?.place ?? 'built in',
    verifiable: false,
    editing,
  }
}
