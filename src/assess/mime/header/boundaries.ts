/** The boundaries of a multipart: all that its parameters can be read as (RFC 2046 §5.1.1). */
import type { Findings } from '../findings.ts'
import { extendedValues } from './extended.ts'
import type { Parameter } from './parameters.ts'

/** RFC 2046 allows 70 characters; readers take more, and so do we. */
const lawful = 70
const longest = 1000

/** Latin1. What is too long to be followed is told and left out. */
export function boundariesOf(parameters: readonly Parameter[], findings: Findings): string[] {
  const doubt = (words: string) => findings.ambiguous(`${words} in a boundary`)
  const plain = parameters.filter(({ name }) => name === 'boundary').flatMap(({ readings }) => readings)
  const extended = extendedValues(parameters, ['boundary'], doubt).map(text => Buffer.from(text).toString('latin1'))
  if (extended.length > 0) findings.ambiguous('a boundary written the extended way')
  const all = [...new Set([...plain, ...extended].map(boundary => boundary.trimEnd()))]
  const boundaries = all.filter(boundary => boundary !== '')
  if (all.length === 0) findings.ambiguous('a multipart without a boundary')
  else if (boundaries.length === 0) findings.ambiguous('an empty boundary')
  if (boundaries.some(boundary => boundary.length > lawful)) findings.ambiguous('a boundary that is too long')
  if (boundaries.some(boundary => boundary.length > longest)) findings.unreadable('a boundary too long to follow')
  return boundaries.filter(boundary => boundary.length <= longest)
}
