/** What the steps on sizes, senders, `at_worst` and `bounce_guard` have to tell, in words. Pure. */
import { addressText, listed } from '../../decide/found.ts'
import { fits } from '../../decide/pattern.ts'
import { fromProven, senderProven } from '../../decide/proof.ts'
import type { Note } from '../../decide/trace.ts'
import { sizeText } from '../../units.ts'
import type { About, Words } from './step.ts'

type Told<Step extends Note['step']> = Extract<Note, { readonly step: Step }>

export function sizeWords(
  { step, sections, refused }: Told<'declared size' | 'real size'>,
  { facts, placed }: About,
): Words {
  const known =
    step === 'declared size' ? facts.declaredSize : facts.size.state === 'known' ? facts.size.value : undefined
  const limits = sections.flatMap(({ max }) =>
    max === undefined ? [] : [`${sizeText(max.value)}, ${placed(max.place)}`],
  )
  if (known === undefined)
    return { effect: undefined, words: step === 'declared size' ? 'no SIZE declared' : 'the size is not known' }
  if (limits.length === 0) return { effect: undefined, words: `${sizeText(known)}, and no limit`, isIdle: true }
  return refused === undefined
    ? { effect: undefined, words: `${sizeText(known)} of ${limits.join('; ')}` }
    : { effect: 'reject', words: `${sizeText(known)} is over ${limits.join('; ')}` }
}

export function sendersWords({ section, answer }: Told<'senders'>, about: About): Words {
  const { facts, placed } = about
  const { sender, from } = facts
  if (section.levels.length === 0) return { effect: undefined, words: 'no list of senders', isIdle: true }
  const named = from.state === 'known' ? from.value : []
  const all = [sender, ...named]
  if (answer === undefined)
    return { effect: 'waits', words: `for the From addresses, or for proof of ${addressText(sender)}` }
  if (answer === 'nobody listed')
    return { effect: undefined, words: `no pattern fits ${addresses(all)}${unproven(section, all, about)}` }
  const fitting = all.filter(address => fits(answer.pattern, address))
  const words = `${answer.effect} ${answer.pattern.text} fits ${addresses(fitting)}, ${placed(answer.place)}`
  return answer.effect === 'allow' ? { effect: 'allow', words } : { effect: section.action?.value ?? 'junk', words }
}

/** Whom somebody allowed, but who has not proven himself. */
function unproven(
  { levels }: Told<'senders'>['section'],
  all: Parameters<typeof addresses>[0],
  { facts, placed }: About,
): string {
  for (const level of levels) {
    const entry = level.find(all.map(address => ({ address, trusted: true })))
    if (entry?.effect !== 'allow') continue
    const isProven = fits(entry.pattern, facts.sender) ? senderProven(facts) : fromProven(facts)
    if (isProven !== true) return `; allow ${entry.pattern.text}, ${placed(entry.place)}, does not count: not proven`
  }
  return ''
}

export function capWords({ caps, before, after }: Told<'at_worst'>, { placed }: About): Words {
  const set = caps.filter(leaf => leaf !== undefined)
  if (set.length === 0) return { effect: undefined, words: 'not set', isIdle: true }
  const worst = set.map(({ value, place }) => `${value}, ${placed(place)}`).join('; ')
  return before.action === after.action
    ? { effect: undefined, words: `${before.action} is not severer than ${worst}` }
    : { effect: after.action, words: `${before.action} is severer than ${worst}` }
}

export function guardWords({ guard, proven, before, after }: Told<'bounce_guard'>): Words {
  if (before.action !== 'reject') return { effect: undefined, words: 'no reject', isIdle: true }
  if (guard === 'off') return { effect: undefined, words: 'off, so the reject goes out' }
  if (after === undefined) return { effect: 'waits', words: 'whether the sender is proven is not known yet' }
  return proven === true
    ? { effect: undefined, words: 'the sender is proven, so the reject goes out' }
    : { effect: after.action, words: 'the sender is not proven, so no reject goes out' }
}

function addresses(all: readonly Parameters<typeof addressText>[0][]): string {
  return listed(all.map(addressText), 'or')
}
