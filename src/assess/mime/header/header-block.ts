/** The header of one part: the raw fields that MIME readers look at, in order, repeats kept (RFC 5322 §2.2, RFC 2045). */
import type { Findings } from '../findings.ts'
import type { Line } from '../splitter.ts'

/** `body` is unfolded, latin1, one character per octet. */
export type Field = { readonly name: FieldName; body: string }
export const fieldNames = ['Content-Type', 'Content-Transfer-Encoding', 'Content-Disposition', 'MIME-Version'] as const
export type FieldName = (typeof fieldNames)[number]
/** Of all fields of a name. */
export type Bodies = Readonly<Record<FieldName, readonly string[]>>

const known = new Map<string, FieldName>(fieldNames.map(name => [name.toLowerCase(), name]))

export class HeaderBlock {
  readonly fields: Field[] = []
  lines = 0
  readonly #findings: Findings
  #current: Field | undefined

  constructor(findings: Findings) {
    this.#findings = findings
  }

  /** Every line but the empty one that ends the header. */
  line({ bytes, from, to }: Line): void {
    this.lines += 1
    if (isForeign(bytes, from, to)) {
      this.#current = undefined
      return
    }
    const text = bytes.toString('latin1', from, to)
    if (/[\0\r]/.test(text)) this.#findings.ambiguous('a control character in a header')
    if (/^[ \t]/.test(text)) this.#continuation(text)
    else this.#begin(text)
  }

  #continuation(text: string): void {
    if (text.trim() === '') this.#findings.ambiguous('a header line of nothing but blanks')
    if (this.lines === 1) this.#findings.ambiguous('a header that begins with a continuation')
    if (this.#current !== undefined) this.#current.body += text
  }

  #begin(text: string): void {
    this.#current = undefined
    const colon = text.indexOf(':')
    if (colon < 0) return this.#findings.ambiguous('a header line without a colon')
    const written = text.slice(0, colon)
    const name = known.get(written.trim().toLowerCase())
    if (name === undefined) return
    if (written !== written.trim()) this.#findings.ambiguous(`a blank before the colon of ${name}`)
    this.#current = { name, body: text.slice(colon + 1) }
    this.fields.push(this.#current)
  }
}

const colon = 0x3a
const cr = 0x0d
const initials = new Set(fieldNames.map(name => name.charCodeAt(0) | 0x20))

/** Certainly the beginning of a well-formed field that MIME readers do not look at, as nearly all are: no text needs to be made of it. */
function isForeign(bytes: Buffer, from: number, to: number): boolean {
  const initial = (bytes[from] ?? 0) | 0x20
  if (initial < 0x61 || initial > 0x7a || initials.has(initial)) return false
  let hasColon = false
  for (let at = from; at < to; at += 1) {
    const octet = bytes[at]
    if (octet === 0 || octet === cr) return false
    if (octet === colon) hasColon = true
  }
  return hasColon
}
