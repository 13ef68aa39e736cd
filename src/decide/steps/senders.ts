/** The step on senders: whether they are allowed or blocked. */
import type { Facts } from '../facts.ts'
import { fromProven, senderProven } from '../proof.ts'
import type { Identity, Listed, SenderTable } from '../sender-table.ts'
import type { SendersSection } from '../settings.ts'
import type { Tell } from '../trace.ts'
import type { Truth } from '../truth.ts'

/** Undefined: it hangs on facts that are pending. */
export type SendersAnswer = Listed | 'nobody listed' | undefined

/**
 * The entry that counts: the nearest file with one that fits the envelope sender or a From address, in it the longest; one that allows counts only
 * for who is proven, if the site has a source of `proof`. Where the envelope sender alone leads to the same, its entry is named. Undefined: facts
 * that are pending could still change it.
 */
export function askSenders(
  facts: Facts,
  section: SendersSection,
  proof: boolean,
  tell: Tell | undefined,
): SendersAnswer {
  const answer = lookUpAll(facts, section.levels, proof)
  tell?.({ step: 'senders', section, answer })
  return answer
}

function lookUpAll(facts: Facts, levels: SendersSection['levels'], proof: boolean): SendersAnswer {
  if (levels.length === 0) return 'nobody listed'
  const answers = possible(proof ? senderProven(facts) : true).flatMap(sender =>
    possible(proof ? fromProven(facts) : true).map(from => lookUp(facts, levels, sender, from)),
  )
  const [first] = answers
  return answers.every(answer => answer === first) ? first : undefined
}

function possible(truth: Truth): readonly boolean[] {
  return truth === undefined ? [true, false] : [truth]
}

/** `sender`, `from`: whether what allows these counts. */
function lookUp(facts: Facts, levels: readonly SenderTable[], sender: boolean, from: boolean): SendersAnswer {
  const envelope: Identity = { address: facts.sender, trusted: sender }
  const own = nearest(levels, [envelope])
  switch (facts.from.state) {
    case 'pending':
      if (own === undefined) return levels.some(level => level.couldTurn(undefined)) ? undefined : 'nobody listed'
      return couldTurn(levels, own) ? undefined : own.entry
    case 'unknown':
      return own?.entry ?? 'nobody listed'
    case 'known': {
      const named = facts.from.value.map((address): Identity => ({ address, trusted: from }))
      const both = nearest(levels, [envelope, ...named])
      return (both?.entry.effect === own?.entry.effect ? own : both)?.entry ?? 'nobody listed'
    }
  }
}

type Found = { readonly level: SenderTable; readonly entry: Listed }

function nearest(levels: readonly SenderTable[], identities: readonly Identity[]): Found | undefined {
  for (const level of levels) {
    const entry = level.find(identities)
    if (entry !== undefined) return { level, entry }
  }
  return undefined
}

/** Whether some From address could be found in a nearer file, or as a longer pattern in the same one, with the other effect. */
function couldTurn(levels: readonly SenderTable[], { level, entry }: Found): boolean {
  const other = entry.effect === 'block' ? 'allow' : 'block'
  return level.couldTurn(entry) || levels.slice(0, levels.indexOf(level)).some(nearer => nearer.has(other))
}
