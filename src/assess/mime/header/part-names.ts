/** Every name that a part may go by: `name` and `filename`, plain and extended, in whichever field. */
import { decodeWords } from './encoded-words.ts'
import { extendedValues } from './extended.ts'
import { endingOf } from './file-names.ts'
import type { Doubt, Parameter } from './parameters.ts'

const keys = ['filename', 'name']

/** Text, not yet made fit for patterns (`fileNames`). */
export function partNames(parameters: readonly Parameter[], doubt: Doubt): string[] {
  const names: string[] = []
  const endings = new Set<string>()
  const add = (value: string, index: number) => {
    const { text, unknown } = decodeWords(value)
    if (unknown) doubt('an unknown charset in a name')
    names.push(text)
    if (index === 0 && text.trim() !== '') endings.add(endingOf(text))
  }
  for (const { name, readings } of parameters) if (keys.includes(name)) readings.forEach(add)
  for (const value of extendedValues(parameters, keys, words => doubt(`${words} in a name`))) {
    names.push(value)
    endings.add(endingOf(value))
    // An extended value has no encoded words (RFC 2231 §5), but readers decode them all the same.
    if (value.includes('=?')) names.push(decodeWords(Buffer.from(value).toString('latin1')).text)
  }
  if (names.some(name => /\p{Cc}/u.test(name))) doubt('a control character in a name')
  if (endings.size > 1) doubt('names with different endings')
  return [...new Set(names)].filter(name => name.trim() !== '')
}
