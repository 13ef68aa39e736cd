/** The step on senders: whether they are allowed or blocked. */
import type { Facts, PolicyAddress } from '../facts.ts'
import type { Listed, SenderTable } from '../sender-table.ts'
import type { SendersSection } from '../settings.ts'

/**
 * The entry that counts: the nearest file with one that fits the envelope sender or a From address, in it the longest. Where the envelope
 * sender alone leads to the same, its entry is named. Undefined: a From address could still change it.
 */
export function askSenders(facts: Facts, { levels }: SendersSection): Listed | 'nobody listed' | undefined {
  const own = nearest(levels, [facts.sender])
  switch (facts.from.state) {
    case 'pending':
      if (own === undefined) return levels.some(level => level.couldTurn(undefined)) ? undefined : 'nobody listed'
      return couldTurn(levels, own) ? undefined : own.entry
    case 'unknown':
      return own?.entry ?? 'nobody listed'
    case 'known': {
      const both = nearest(levels, [facts.sender, ...facts.from.value])
      return (both?.entry.effect === own?.entry.effect ? own : both)?.entry ?? 'nobody listed'
    }
  }
}

type Found = { readonly level: SenderTable; readonly entry: Listed }

function nearest(levels: readonly SenderTable[], addresses: readonly (PolicyAddress | undefined)[]): Found | undefined {
  for (const level of levels) {
    const entry = level.find(addresses)
    if (entry !== undefined) return { level, entry }
  }
  return undefined
}

/** Whether some From address could be found in a nearer file, or as a longer pattern in the same one, with the other effect. */
function couldTurn(levels: readonly SenderTable[], { level, entry }: Found): boolean {
  const other = entry.effect === 'block' ? 'allow' : 'block'
  return level.couldTurn(entry) || levels.slice(0, levels.indexOf(level)).some(nearer => nearer.has(other))
}
