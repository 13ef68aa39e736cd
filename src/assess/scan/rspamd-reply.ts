/** What rspamd's JSON says: a score, the symbols that fired, and its results for SPF, DKIM and DMARC. Hostile until checked. */
import { addressOf, domainOf } from '../../address.ts'
import type { AuthResult } from '../../decide/facts.ts'
import type { Attempt } from './runner.ts'
import { printable, type ScanContext, type SpamEvidence } from './scanner.ts'

/** The envelope, to name the domain that SPF speaks of. */
type Envelope = Pick<ScanContext, 'sender' | 'client'>

type Symbols = ReadonlyMap<string, readonly string[]>

const maxSymbols = 1000
const maxName = 100
const maxOptions = 20
/** As SpamAssassin scores GTUBE. rspamd gives what its own reject threshold is, and skips all else. */
const gtubeScore = 1000

/** `failed` for what is no report; `unscannable` for a message that rspamd was told to leave alone. */
export function readReply(body: Buffer, envelope: Envelope): Attempt<SpamEvidence> {
  const report = parse(body)
  if (report === undefined) return { kind: 'failed', cause: 'answer is nonsense', answered: true }
  const { score, action, skipped, symbols, words } = report
  const gtube = skipped && action === 'reject' && symbols.has('GTUBE')
  if (skipped && !gtube) return { kind: 'unscannable', words: 'skipped it' }
  if (action === 'soft reject' && /time ?out/i.test(words))
    return { kind: 'failed', cause: 'ran out of its own time', answered: true }
  const names = action === 'no action' ? [...symbols.keys()] : [...symbols.keys(), actionName(action)]
  const value = { score: gtube ? Math.max(score, gtubeScore) : score, symbols: names, auth: authOf(symbols, envelope) }
  return { kind: 'known', value }
}

/** rspamd's thresholds are not ours: what it would do is a symbol among others, as `ACTION_SOFT_REJECT`. */
function actionName(action: string): string {
  return `ACTION_${action.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`
}

type Report = {
  readonly score: number
  readonly action: string
  readonly skipped: boolean
  readonly symbols: Symbols
  readonly words: string
}

function parse(body: Buffer): Report | undefined {
  const root = record(parseJson(body))
  const symbols = record(root?.['symbols'])
  const score = root?.['score']
  const action = root?.['action']
  if (root === undefined || symbols === undefined) return undefined
  if (typeof score !== 'number' || !Number.isFinite(score) || typeof action !== 'string') return undefined
  return {
    score,
    action: printable(action, maxName),
    skipped: root['is_skipped'] === true,
    symbols: new Map(
      Object.entries(symbols)
        .slice(0, maxSymbols)
        .map(([name, symbol]) => [printable(name, maxName), optionsOf(symbol)]),
    ),
    words: Object.values(record(root['messages']) ?? {})
      .filter(text => typeof text === 'string')
      .join(' '),
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return value as Readonly<Record<string, unknown>>
}

function optionsOf(symbol: unknown): readonly string[] {
  const options = record(symbol)?.['options']
  if (!Array.isArray(options)) return []
  return options.filter(option => typeof option === 'string').slice(0, maxOptions)
}

/** The results by RFC 8601 that rspamd's symbols stand for. */
const spf = {
  R_SPF_ALLOW: 'pass',
  R_SPF_FAIL: 'fail',
  R_SPF_SOFTFAIL: 'softfail',
  R_SPF_NEUTRAL: 'neutral',
  R_SPF_DNSFAIL: 'temperror',
  R_SPF_PERMFAIL: 'permerror',
  R_SPF_NA: 'none',
} as const
const dkim = {
  R_DKIM_ALLOW: 'pass',
  R_DKIM_REJECT: 'fail',
  R_DKIM_TEMPFAIL: 'temperror',
  R_DKIM_PERMFAIL: 'permerror',
  R_DKIM_NA: 'none',
} as const
const dmarc = {
  DMARC_POLICY_ALLOW: 'pass',
  DMARC_POLICY_ALLOW_WITH_FAILURES: 'pass',
  DMARC_POLICY_REJECT: 'fail',
  DMARC_POLICY_QUARANTINE: 'fail',
  DMARC_POLICY_SOFTFAIL: 'fail',
  DMARC_DNSFAIL: 'temperror',
  DMARC_BAD_POLICY: 'permerror',
  DMARC_NA: 'none',
} as const

function authOf(symbols: Symbols, { sender, client }: Envelope): readonly AuthResult[] {
  const results: AuthResult[] = []
  // RFC 7208 §2.4: for a null sender, SPF speaks of HELO's name.
  const sending = sender.path === '' ? domainOf(client?.helo ?? '') : addressOf(sender.path).domain
  for (const [name, result] of Object.entries(spf)) {
    if (symbols.has(name)) results.push({ method: 'spf', result, domain: sending })
  }
  for (const [name, result] of Object.entries(dkim)) {
    const options = symbols.get(name)
    // An option is `example.org:s=selector`.
    const domains = options === undefined || options.length > 0 ? options : ['']
    for (const option of domains ?? []) results.push({ method: 'dkim', result, domain: firstWord(option) })
  }
  for (const [name, result] of Object.entries(dmarc)) {
    const options = symbols.get(name)
    // The first option is the domain whose policy it is, that of From or one above it; a failure has its reasons behind ` : `.
    if (options !== undefined) results.push({ method: 'dmarc', result, domain: firstWord(options[0] ?? '') })
  }
  // A pass that does not say of whom proves nothing.
  return results.filter(({ result, domain }) => result !== 'pass' || domain !== '')
}

/** Words that are no domain are rspamd's reasons. */
function firstWord(option: string): string {
  return domainOf(/^[^\s:,]+\.[^\s:,]+/.exec(option)?.[0] ?? '')
}
