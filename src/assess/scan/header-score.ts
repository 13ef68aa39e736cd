/** Takes the score that a trusted scanner upstream wrote into the header. It counts only if there is exactly one such field. */
import { headerFields } from '../header.ts'
import { down, printable, scannedAs, unscannable, type Scanned, type ScanContext } from './scanner.ts'
import type { SpamEvidence, SpamScanner } from './scanner.ts'

/** `X-Spam-Score: 6.4`; rspamd's `X-Spamd-Result: default: False [6.40 / 15.00]; SYMBOL(1.00)[…]`; `X-Spam-Status: Yes, score=6.4 tests=A,B`. */
export type ScoreField = 'X-Spam-Score' | 'X-Spamd-Result' | 'X-Spam-Status'

const maxSymbols = 1000

export class HeaderScore implements SpamScanner {
  readonly name: string
  readonly #field: ScoreField

  constructor(field: ScoreField) {
    this.name = field
    this.#field = field
  }

  /** Fields that are left out of what is delivered are read here nevertheless. */
  async scan({ message }: ScanContext): Promise<Scanned<SpamEvidence>> {
    const fields = await headerFields(message, this.#field).catch(() => 'unreadable' as const)
    if (fields === 'unreadable') return down('the message can no longer be read')
    if (fields === undefined) return unscannable(`${this.name}: header too long`)
    const [field, second] = fields
    if (field === undefined) return unscannable(`${this.name}: no such field`)
    if (second !== undefined) return unscannable(`${this.name}: ${fields.length} such fields`)
    const found = read[this.#field](field.slice(0, maxField).replace(/\s+/g, ' '))
    return found === undefined ? unscannable(`${this.name}: no score in it`) : scannedAs(found)
  }
}

/** Characters of a field that are looked at. */
const maxField = 32_768

const number = String.raw`(-?\d{1,9}(?:\.\d{1,9})?)`
const plain = new RegExp(`^\\s*\\+?${number}(?=$|[\\s/(*+])`)
const result = new RegExp(`^[^[]{0,200}\\[\\s*${number}\\s*/\\s*-?[\\d.]{1,20}\\s*\\]`)
const status = new RegExp(`^\\s*(?:Yes|No)\\b[^=]{0,100}\\b(?:score|hits)=${number}(?=$|[\\s,])`, 'i')

const read: Readonly<Record<ScoreField, (field: string) => SpamEvidence | undefined>> = {
  'X-Spam-Score': field => evidence(plain.exec(field)?.[1], []),
  'X-Spamd-Result': field =>
    evidence(
      result.exec(field)?.[1],
      Array.from(field.matchAll(/[\];]\s*([\w-]{1,100})\(-?[\d.]{1,20}\)/g), ([, name]) => name ?? ''),
    ),
  'X-Spam-Status': field => {
    const tests = /\btests=([\w\s,=.-]*?)(?=\s+\w+=|$)/.exec(field)?.[1] ?? ''
    const names = tests.split(/[\s,]+/).map(name => name.replace(/=.*/, ''))
    return evidence(
      status.exec(field)?.[1],
      names.filter(name => name !== '' && name !== 'none'),
    )
  },
}

function evidence(score: string | undefined, names: readonly string[]): SpamEvidence | undefined {
  if (score === undefined) return undefined
  return { score: Number(score), symbols: names.slice(0, maxSymbols).map(name => printable(name, 100)) }
}
