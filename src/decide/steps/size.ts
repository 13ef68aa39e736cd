/** The steps on size, declared and real: a message larger than this recipient takes (RFC 1870). */
import { sizeText } from '../../units.ts'
import type { Facts } from '../facts.ts'
import type { SizeSection } from '../settings.ts'
import type { Tell } from '../trace.ts'
import type { Verdict } from '../verdict.ts'
import { noEdits } from '../verdict.ts'

/** The refusal, if more octets are declared than one of the sections allows; the first of them says so. */
export function overDeclaredSize(
  { declaredSize = 0 }: Pick<Facts, 'declaredSize'>,
  sections: readonly SizeSection[],
  tell: Tell | undefined,
): Verdict | undefined {
  return overSize(declaredSize, sections, 'declared size', tell)
}

/** As `overDeclaredSize`; undefined: the size is pending. One that stays unknown fits. */
export function overRealSize(
  { size }: Pick<Facts, 'size'>,
  sections: readonly SizeSection[],
  tell: Tell | undefined,
): Verdict | 'fits' | undefined {
  if (size.state === 'pending' && sections.some(({ max }) => max !== undefined)) return undefined
  return overSize(size.state === 'known' ? size.value : 0, sections, 'real size', tell) ?? 'fits'
}

function overSize(
  octets: number,
  sections: readonly SizeSection[],
  step: 'declared size' | 'real size',
  tell: Tell | undefined,
): Verdict | undefined {
  const refused = refusal(octets, sections, step)
  tell?.({ step, sections, refused })
  return refused
}

function refusal(
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
