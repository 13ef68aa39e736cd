/** A message is clean if its scanner says so and has seen all of it. */
import { pending } from '../decide/facts.ts'
import type { Fact, Structure, VirusReport } from '../decide/facts.ts'
import { unscannable } from './scan/scanner.ts'

/** What was found counts at once; what is called clean waits for the structure. */
export function sureOfClean(virus: Fact<VirusReport>, structure: Fact<Structure>): Fact<VirusReport> {
  if (virus.state !== 'known' || virus.value.found.length > 0) return virus
  switch (structure.state) {
    case 'pending':
      return pending
    case 'unknown':
      return structure
    case 'known':
      return structure.value.unseen === undefined ? virus : unscannable(structure.value.unseen)
  }
}
