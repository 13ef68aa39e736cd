/** The steps on size, declared and real: a message larger than this recipient takes (RFC 1870). */
import { sizeText } from '../../units.ts'
import type { SizeSection } from '../settings.ts'
import type { Verdict } from '../verdict.ts'
import { noEdits } from '../verdict.ts'

/** The refusal, if `octets` are more than one of the sections allows; the first of them says so. */
export function overSize(
  octets: number,
  sections: readonly SizeSection[],
  step: 'declared size' | 'real size',
): Verdict | undefined {
  const section = sections.find(({ max }) => max !== undefined && octets > max.value)
  if (section?.max === undefined) return undefined
  return {
    action: 'reject',
    code: { code: 552, enhanced: section.text?.value.enhanced ?? '5.2.3', text: section.text?.value.text },
    edits: noEdits,
    keeping: undefined,
    because: { step, words: `size over ${sizeText(section.max.value)}` },
    place: section.max.place,
  }
}
