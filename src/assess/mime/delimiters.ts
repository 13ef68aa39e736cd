/** The delimiter lines of one multipart (RFC 2046 §5.1.1). Lines are latin1. */

export class Delimiters {
  /** Type of a part that does not say (§5.1.5). */
  readonly fallback: string
  closed = false
  #boundaries: readonly string[] = []
  #octets: readonly Buffer[] = []

  constructor(boundaries: readonly string[], digest: boolean) {
    this.#set(boundaries)
    this.fallback = digest ? 'message/rfc822' : 'text/plain'
  }

  /** Undefined: none of its delimiters. */
  meaning(line: string): 'next' | 'last' | undefined {
    for (const boundary of this.#boundaries) {
      if (!line.startsWith(boundary, 2)) continue
      const rest = line.slice(2 + boundary.length).trim()
      if (rest === '') return 'next'
      if (rest === '--' && line.startsWith('--', 2 + boundary.length)) return 'last'
    }
    return undefined
  }

  /** RFC 2046 has readers compare no more than the beginning of a line; hardly any does. */
  isBegunBy(line: string): boolean {
    return this.#boundaries.some(boundary => line.startsWith(boundary, 2))
  }

  /** Where nobody said what the boundary is, readers take the first line that can be one; so does this. */
  guess(line: string): boolean {
    if (this.#boundaries.length > 0 || !/^--[^\s].{0,69}$/.test(line)) return false
    this.#set([line.slice(2).trimEnd()])
    return true
  }

  /** Whether `bytes` from `at` on, as far as they are there, begin with a boundary. */
  plausible(bytes: Buffer, at: number): boolean {
    return this.#octets.length === 0 || this.#octets.some(boundary => agrees(bytes, at, boundary))
  }

  /** What is doubtful beside those of the parts it lies in, in words. */
  clashes(outer: readonly Delimiters[]): string[] {
    const theirs = outer.flatMap(delimiters => delimiters.#boundaries)
    const words: string[] = []
    if (this.#boundaries.some(own => theirs.includes(own))) words.push('one boundary for two multiparts')
    const begins = (a: string, b: string) => a !== b && b.startsWith(a)
    if (this.#boundaries.some(own => theirs.some(other => begins(own, other) || begins(other, own)))) {
      words.push('a boundary that begins another')
    }
    return words
  }

  #set(boundaries: readonly string[]): void {
    this.#boundaries = boundaries
    this.#octets = boundaries.map(boundary => Buffer.from(boundary, 'latin1'))
  }
}

function agrees(bytes: Buffer, at: number, boundary: Buffer): boolean {
  const end = Math.min(boundary.length, bytes.length - at)
  for (let index = 0; index < end; index += 1) if (bytes[at + index] !== boundary[index]) return false
  return true
}
