/** How the content of a part is encoded (RFC 2045 §6): every reading. */
import type { Findings } from '../findings.ts'
import { withoutComments } from './segments.ts'

export type Encoding = 'none' | 'base64' | 'quoted-printable'

/** `bodies` of all its Content-Transfer-Encoding fields. */
export function encodingsOf(
  bodies: readonly string[],
  kind: 'multipart' | 'message' | 'leaf',
  findings: Findings,
): Encoding[] {
  if (bodies.length === 0) return ['none']
  const encodings = new Set(bodies.flatMap(body => readingsOf(body, findings)))
  const encoded = encodings.has('base64') || encodings.has('quoted-printable')
  if (encoded && kind !== 'leaf') findings.ambiguous(`a ${kind} in base64 or quoted-printable`)
  return [...encodings]
}

function readingsOf(body: string, findings: Findings): Encoding[] {
  const bare = withoutComments(body)
  if (bare !== body) findings.ambiguous('a comment in Content-Transfer-Encoding')
  const value = bare.trim().toLowerCase()
  switch (value) {
    case 'base64':
    case 'quoted-printable':
      return [value]
    case '7bit':
    case '8bit':
    case 'binary':
      return ['none']
  }
  findings.ambiguous('an unknown transfer encoding')
  // Readers may find a known word in it.
  const found = (['base64', 'quoted-printable'] as const).filter(known => value.includes(known))
  return ['none', ...found]
}
