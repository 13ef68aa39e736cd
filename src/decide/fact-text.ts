/** What was known of a message, as JSON, for whoever keeps it. Pure. */
import type { Evidence, Fact } from './facts.ts'

/** Of a fact that is longer than so many characters the text is made once: decision log and quarantine may want it for each recipient. */
const long = 1024

const made = new WeakMap<Fact<unknown>, string>()

export function factText(fact: Fact<unknown>): string {
  const known = made.get(fact)
  if (known !== undefined) return known
  const text = JSON.stringify(fact)
  if (text.length > long) made.set(fact, text)
  return text
}

export function evidenceText(evidence: Evidence): string {
  const members = Object.entries(evidence).map(([name, fact]) => `"${name}":${factText(fact)}`)
  return `{${members.join(',')}}`
}
