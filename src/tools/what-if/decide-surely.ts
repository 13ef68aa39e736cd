/** A verdict by facts that were written down, of which some may be missing: then it says so, and guesses nothing. Pure. */
import { decide } from '../../decide/decide.ts'
import type { Facts } from '../../decide/facts.ts'
import type { Policy } from '../../decide/policy.ts'
import type { Condition } from '../../decide/settings.ts'
import type { Note } from '../../decide/trace.ts'
import type { Verdict } from '../../decide/verdict.ts'

/** `missing`: what the verdict hangs on and nobody knows, in the words of policy files. */
export type Unsure = { readonly missing: string }

/** Whether a condition looks at what the facts cannot tell although they look complete. */
export type Doubt = (condition: Condition, facts: Facts) => boolean

/** `doubt`: a condition about which it is true, and that was asked, leaves the verdict unsure. */
export function decideSurely(facts: Facts, policy: Policy, doubt: Doubt): Verdict | Unsure {
  const doubtful = conditionsOf(policy).filter(condition => doubt(condition, facts))
  if (doubtful.length === 0) {
    const verdict = decide(facts, policy)
    if (verdict !== undefined) return verdict
  }
  const notes: Note[] = []
  const verdict = decide(facts, policy, note => notes.push(inner(note)))
  const asked = notes.flatMap(note => (note.step === 'rules' ? note.tried : []))
  const guessed = asked.find(({ condition }) => doubtful.includes(condition))
  if (guessed !== undefined) return { missing: guessed.condition.name }
  return (
    verdict ?? {
      missing: notes.reduce<string | undefined>((last, note) => awaited(note) ?? last, undefined) ?? 'scanners',
    }
  )
}

const remembered = new WeakMap<Policy, readonly Condition[]>()

/** Those that can be doubtful. */
function conditionsOf(policy: Policy): readonly Condition[] {
  const known = remembered.get(policy)
  if (known !== undefined) return known
  const found = [policy, ...policy.enforce]
    .flatMap(({ rules }) => rules)
    .flatMap(({ when = [], unless = [] }) => [...when, ...unless].flat())
    .filter(({ name, fields }) => name === 'symbol' || fields.length > 0)
  remembered.set(policy, found)
  return found
}

function inner(note: Note): Note {
  return note.step === 'recipient' || note.step === 'enforce' ? inner(note.note) : note
}

/** What a step waits for. */
function awaited(note: Note): string | undefined {
  switch (note.step) {
    case 'rules':
      return note.tried.find(({ answer }) => answer === undefined)?.condition.name
    case 'senders':
      return note.answer === undefined ? 'from' : undefined
    case 'spam':
    case 'virus':
    case 'attachments':
      return note.asked !== undefined && note.found === undefined ? note.step : undefined
    case 'bounce_guard':
      return note.after === undefined ? 'proof of the sender' : undefined
    case 'declared size':
    case 'real size':
    case 'recipient':
    case 'at_worst':
    case 'enforce':
    case 'enforced':
      return undefined
  }
}
