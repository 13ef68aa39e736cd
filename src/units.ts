/** Sizes and times as people write them in settings and policy files (POLICY.md §1), and back. */

/** Octets: `500K`, `50MB`, `1g` or a plain number; K, M and G are 1024-fold. Undefined if it is none or beyond exact numbers. */
export function parseSize(text: string): number | undefined {
  const found = /^(\d{1,15})(?:([kmg])b?)?$/i.exec(text)
  if (found === null) return undefined
  const size = Number(found[1]) * factor(found[2]?.toUpperCase())
  return Number.isSafeInteger(size) ? size : undefined
}

function factor(letter: string | undefined): number {
  if (letter === 'G') return 1024 ** 3
  if (letter === 'M') return 1024 ** 2
  return letter === 'K' ? 1024 : 1
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** Milliseconds: `30s`, `30m`, `4h`, `7d`, `2w`, lower case only. Undefined if it is none. */
export function parseTime(text: string): number | undefined {
  const found = /^(\d{1,9})([smhdw])$/.exec(text)
  const unit = units[found?.[2] ?? '']
  return unit === undefined ? undefined : Number(found?.[1]) * unit
}

/** `30m`, `30d`, `2w`: as `parseTime` takes it, in the largest unit that has no rest. */
export function timeText(ms: number): string {
  for (const unit of ['w', 'd', 'h', 'm']) {
    const length = units[unit] ?? Infinity
    if (ms >= length && ms % length === 0) return `${ms / length}${unit}`
  }
  return `${ms / 1000}s`
}

/** `50MB`, `1.5MB`, `700 octets`: for people, in the largest unit of which there is one. */
export function sizeText(octets: number): string {
  for (const [letter, unit] of [
    ['G', 1024 ** 3],
    ['M', 1024 ** 2],
    ['K', 1024],
  ] as const) {
    if (octets >= unit) return `${Number((octets / unit).toFixed(1))}${letter}B`
  }
  return `${octets} octets`
}
