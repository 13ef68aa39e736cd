/** Takes a MIME field apart as every reader might: its value and its parameters (RFC 2045 §5.1), with what is doubtful about them. */
import { segments, withoutComments } from './segments.ts'

/** One parameter as it stands; `name` in lower case. `readings` are latin1, the strict one first. */
export type Parameter = { readonly name: string; readonly readings: readonly string[] }

/** `value` is what stands before the first parameter, in lower case. */
export type Structured = { readonly value: string; readonly parameters: readonly Parameter[] }

/** Told once per kind of trouble, in words that go after "… in Content-Type". */
export type Doubt = (words: string) => void

/** At most `max` parameters are read; more are told as `tooMany`. */
export function structured(body: string, max: number, doubt: Doubt, tooMany: () => void): Structured {
  const [head = '', ...rest] = segments(body, doubt)
  const bare = withoutComments(head).trim()
  const value = bare.includes('=') ? bare.slice(0, valueEnd(bare)) : bare
  if (value !== bare) {
    doubt('a broken parameter')
    rest.unshift(bare.slice(value.length))
  }
  const parameters: Parameter[] = []
  for (const segment of rest) {
    if (segment.trim() === '') continue
    if (parameters.length >= max) {
      tooMany()
      break
    }
    const parameter = parameterOf(segment, doubt)
    if (parameter === undefined) doubt('a broken parameter')
    else parameters.push(parameter)
  }
  return { value: value.toLowerCase(), parameters }
}

/** "application/pdf name=x" lacks a semicolon; "filename=x" lacks the value. */
function valueEnd(bare: string): number {
  const blank = bare.search(/\s/)
  return blank >= 0 && blank < bare.indexOf('=') ? blank : 0
}

function parameterOf(segment: string, doubt: Doubt): Parameter | undefined {
  const equals = segment.indexOf('=')
  if (equals < 0) return undefined
  const name = withoutComments(segment.slice(0, equals)).trim().toLowerCase()
  if (name === '' || /[\s"]/.test(name)) doubt('a broken parameter')
  const written = segment.slice(equals + 1).trim()
  const readings = written.startsWith('"') ? quoted(written, doubt) : token(written, doubt)
  return { name: name.replace(/^.*[\s"]/, ''), readings: [...new Set(readings)] }
}

function quoted(written: string, doubt: Doubt): string[] {
  let end = 1
  while (end < written.length && written.charAt(end) !== '"') end += written.charAt(end) === '\\' ? 2 : 1
  const inside = written.slice(1, end)
  const strict = inside.replace(/\\(.)/gs, '$1')
  const readings = [strict]
  // Some writers put a path of Windows there, and some readers know no escapes.
  if (inside.includes('\\')) readings.push(inside)
  const after = withoutComments(written.slice(end + 1)).trim()
  if (after !== '' || end >= written.length) {
    doubt('a broken parameter')
    readings.push(written.replaceAll('"', ''), strict + after.replaceAll('"', ''))
  }
  return readings
}

function token(written: string, doubt: Doubt): string[] {
  const bare = withoutComments(written).trim()
  const readings = [bare]
  if (bare !== written) readings.push(written)
  if (/[\s"]/.test(bare) || bare === '') {
    // An encoded word may have been folded between its blanks; everything else is cut short by some readers.
    if (!/^(=\?[^?\s]+\?[bq]\?[^?\s]*\?=\s*)+$/i.test(bare)) doubt('a broken parameter')
    readings.push(bare.replace(/\s.*$/s, ''), bare.replaceAll('"', ''))
  }
  return readings
}
