/** Facts in words: short, printable, and the same for everybody. */
import type { VirusReport } from './facts.ts'
import { fold, globMatches } from './glob.ts'

/** `4.6`: two decimals at most. */
export function scoreText(score: number): string {
  return String(Number(score.toFixed(2)))
}

/** What was found, without what the patterns (folded) name. */
export function virusesIn({ found }: VirusReport, ignore: readonly string[]): readonly string[] {
  return found.filter(name => !ignore.some(pattern => globMatches(pattern, fold(name))))
}

/** A few names that others gave, in ASCII. */
export function namesText(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).map(plainName)
  return [...shown, ...(names.length > maxNames ? ['and others'] : [])].join(', ')
}

/** Of a name that others gave, a piece that can stand anywhere. */
export function plainName(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?').slice(0, maxName)
}

const maxNames = 3
const maxName = 80
