/** Parameters cut into sections and with a charset (RFC 2231), put together in every way that readers do. */
import { decodeText, guessText } from './charset.ts'
import type { Doubt, Parameter } from './parameters.ts'

/** One parameter that is written the extended way; `base` is its name without stars. */
type Section = { readonly number: number; readonly encoded: boolean; readonly raw: string }

/** Values as text, the likeliest first, for each parameter in `names` that is written the extended way. */
export function extendedValues(parameters: readonly Parameter[], names: readonly string[], doubt: Doubt): string[] {
  const sections = new Map<string, Section[]>()
  for (const { name, readings } of parameters) {
    const [, base = '', digits, star = ''] = /^([^*]+)\*(\d{0,9})(\*?)$/.exec(name) ?? []
    if (digits === undefined || !names.includes(base)) continue
    // "name*" is one whole value; "name*0", "name*0*" are sections. Both of one name are two values.
    const whole = digits === ''
    const key = whole ? `${base}*` : base
    const raw = readings[0] ?? ''
    sections.set(key, [...(sections.get(key) ?? []), { number: Number(digits), encoded: whole || star !== '', raw }])
  }
  return [...sections.values()].flatMap(list => assembled(list, doubt))
}

function assembled(list: readonly Section[], doubt: Doubt): string[] {
  const sorted = list.toSorted((a, b) => a.number - b.number)
  const gap = sorted.findIndex((section, index) => section.number !== index)
  if (gap < 0) return decoded(sorted, doubt)
  doubt('a broken parameter')
  // Readers join what there is, or stop at the gap, or take each of two equal numbers.
  const ways = [sorted, sorted.slice(0, gap), ...(sorted.length > 1 ? sorted.map(section => [section]) : [])]
  return ways.filter(way => way.length > 0).flatMap(way => decoded(way, doubt))
}

function decoded(sections: readonly Section[], doubt: Doubt): string[] {
  const [first, ...others] = sections
  if (first === undefined) return []
  const labelled = first.encoded ? /^([^']*)'[^']*'(.*)$/s.exec(first.raw) : null
  if (first.encoded && labelled === null) doubt('a broken parameter')
  const start = { ...first, raw: labelled?.[2] ?? first.raw }
  const octets = [start, ...others].map(section => (section.encoded ? percentDecoded(section.raw, doubt) : section.raw))
  const raw = octets.join('')
  const charset = labelled?.[1] ?? ''
  if (charset === '') return [guessText(raw)]
  const text = decodeText(Buffer.from(raw, 'latin1'), charset)
  if (text === undefined) doubt('an unknown charset')
  return [text ?? guessText(raw)]
}

function percentDecoded(raw: string, doubt: Doubt): string {
  if (/%(?![0-9a-f]{2})/i.test(raw)) doubt('a broken parameter')
  return raw.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}
