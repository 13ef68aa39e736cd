/** Reads a transcript: one text file that shows both conversations of the gate (see test/transcripts/README.md). Pure. */
import { unescaped } from './escapes.ts'
import type { ScannerName } from './scripted-scanner.ts'

/** Who acts: `client 2` is the second client, `next hop 2` the second connection used. Without a number: the one that acted last. */
export type Who = { readonly side: 'client' | 'next hop' | ScannerName; readonly number: number | undefined }

export type Deed =
  | 'connects'
  | 'greets'
  | 'closes'
  | 'resets'
  | 'ends'
  | 'is closed'
  | 'stops reading'
  | 'reads on'
  | 'accepts'
  | 'refuses connections'
  | 'takes connections'

export type Action =
  | { readonly kind: 'send'; readonly who: Who; readonly octets: string }
  | { readonly kind: 'fill'; readonly who: Who; readonly lines: number }
  | { readonly kind: 'take'; readonly who: Who; readonly line: string }
  | { readonly kind: 'take message'; readonly who: Who; readonly lines: readonly string[] }
  | {
      readonly kind: 'take scan'
      readonly scanner: ScannerName
      readonly profile: string | undefined
      readonly lines: readonly string[]
    }
  | { readonly kind: 'answer scan'; readonly scanner: ScannerName; readonly words: string }
  | { readonly kind: 'quarantine'; readonly lines: readonly string[] }
  | { readonly kind: 'deed'; readonly who: Who; readonly deed: Deed }
  | { readonly kind: 'offered'; readonly keywords: readonly string[] }
  | { readonly kind: 'clock'; readonly ms: number }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'log'; readonly line: string; readonly lacks: boolean }

/** `at` is the line in the file, from 1. */
export type Step = Action & { readonly at: number }

export type Transcript = {
  /** Policy files by path below rules/. */
  readonly rules: ReadonlyMap<string, string>
  /** Keys of lmtp-gate.yaml, dotted, and their values. */
  readonly settings: ReadonlyMap<string, string>
  /** What the next hop answers to LHLO by itself; undefined: the transcript shows every step of it. */
  readonly offers: readonly string[] | undefined
  readonly scanners: readonly ScannerName[]
  readonly steps: readonly Step[]
}

/** Throws, naming the line, on anything it does not know. */
export function readTranscript(text: string, offers: readonly string[]): Transcript {
  const rules = new Map<string, string>()
  const settings = new Map<string, string>()
  const steps: Step[] = []
  const scanners: ScannerName[] = []
  let offered: readonly string[] | undefined = offers
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i]?.trimEnd() ?? ''
    if (line === '' || line.startsWith('#')) continue
    const at = i + 1
    const block: string[] = []
    for (let next = gutter(lines[i + 1]); next !== undefined; next = gutter(lines[i + 1])) {
      block.push(next)
      i += 1
    }
    try {
      const file = /^rules\/(\S+\.yaml):$/.exec(line)?.[1]
      const setting = /^setting ([\w.]+): (.+)$/.exec(line)
      const keywords = /^next hop offers ?(.*)$/.exec(line)?.[1]
      const scanner = /^scanner (clamd|rspamd)$/.exec(line)?.[1]
      if (file !== undefined) rules.set(file, block.map(entry => `${entry}\n`).join(''))
      else if (setting !== null) settings.set(setting[1] ?? '', setting[2] ?? '')
      else if (keywords !== undefined) offered = keywords.split(' ').filter(word => word !== '')
      else if (line === 'next hop by hand') offered = undefined
      else if (isScanner(scanner)) scanners.push(scanner)
      else steps.push({ ...actionOf(line, block), at })
    } catch (error) {
      throw new Error(`line ${at}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
  return { rules, settings, offers: offered, scanners, steps }
}

function isScanner(name: string | undefined): name is ScannerName {
  return name === 'clamd' || name === 'rspamd'
}

/** The text behind the `|` of a block's line. */
function gutter(line: string | undefined): string | undefined {
  return /^\s*\|(?: (.*))?$/
    .exec(line ?? '')
    ?.slice(1)
    .map((text: string | undefined) => text ?? '')[0]
}

const deeds: ReadonlyMap<string, Deed> = new Map(
  (
    [
      'connects',
      'greets',
      'closes',
      'resets',
      'ends',
      'is closed',
      'stops reading',
      'reads on',
      'accepts',
      'refuses connections',
      'takes connections',
    ] as const
  ).map(deed => [deed, deed]),
)

const units: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['min', 60_000],
])

function actionOf(line: string, block: readonly string[]): Action {
  const [, side, number, what] = /^(client|next hop)(?: (\d))? (.*)$/.exec(line) ?? []
  if (what !== undefined && (side === 'client' || side === 'next hop'))
    return deedOf({ side, number: number === undefined ? undefined : Number(number) }, what, block)
  const [, scanner, task] = /^(clamd|rspamd) (.*)$/.exec(line) ?? []
  if (task !== undefined && isScanner(scanner)) return scanOf(scanner, task, block)
  if (line === 'quarantine is empty') return { kind: 'quarantine', lines: [] }
  if (line === 'quarantine has') return { kind: 'quarantine', lines: block }
  const [, count, unit] = /^clock \+(\d+) (ms|s|min)$/.exec(line) ?? []
  if (count !== undefined && unit !== undefined) return { kind: 'clock', ms: Number(count) * (units.get(unit) ?? 1) }
  if (line === 'nothing happens') return { kind: 'nothing' }
  const [, verb, words] = /^log (has|lacks) (.+)$/.exec(line) ?? []
  if (words !== undefined) return { kind: 'log', line: words, lacks: verb === 'lacks' }
  throw new Error(`what is "${line}"?`)
}

function scanOf(scanner: ScannerName, what: string, block: readonly string[]): Action {
  const message = /^<- message(?: for (\S+))?$/.exec(what)
  if (message !== null) return { kind: 'take scan', scanner, profile: message[1], lines: block }
  if (what.startsWith('-> ')) return { kind: 'answer scan', scanner, words: what.slice(3) }
  const deed = deeds.get(what)
  if (deed !== undefined && /^(?:closes|resets|is closed|refuses|takes)/.test(what))
    return { kind: 'deed', who: { side: scanner, number: undefined }, deed }
  throw new Error(`what is "${what}"?`)
}

function deedOf(who: Who, what: string, block: readonly string[]): Action {
  const deed = deeds.get(what)
  if (deed !== undefined) return { kind: 'deed', who, deed }
  if (what.startsWith('-> ')) return { kind: 'send', who, octets: octetsOf(what.slice(3)) }
  if (what === 'sends in one packet') return { kind: 'send', who, octets: block.map(octetsOf).join('') }
  if (what === '<- message') return { kind: 'take message', who, lines: block }
  if (what.startsWith('<- ')) return { kind: 'take', who, line: what.slice(3) }
  if (what.startsWith('is offered ')) return { kind: 'offered', keywords: what.slice('is offered '.length).split(', ') }
  const count = /^sends (\d+) lines$/.exec(what)?.[1]
  if (count !== undefined) return { kind: 'fill', who, lines: Number(count) }
  throw new Error(`what is "${what}"?`)
}

/** A line goes out with CRLF unless it ends in a single backslash. */
function octetsOf(line: string): string {
  return /(?<!\\)(?:\\\\)*\\$/.test(line) ? unescaped(line.slice(0, -1)) : `${unescaped(line)}\r\n`
}
