/** Readers of single values of the sections on content: scores, times, what becomes of unscanned mail, profiles, mailboxes (rules/README.md). */
import { parseTime } from '../../units.ts'
import { weight } from '../glob.ts'
import type { Outage } from '../settings.ts'
import type { Action } from '../verdict.ts'
import { oneOf, tableOf, wordOf, type Read, type Reader } from './reader.ts'
import { actionValue, lineOf, namePatternValue } from './values.ts'

/** `never` is infinite. */
export const scoreValue: Reader<number> = (tree, findings) => {
  const text = wordOf(tree, findings, 'a score', '4.5')
  if (text === null) return null
  if (text === 'never') return Infinity
  return /^-?\d{1,6}(?:\.\d{1,3})?$/.test(text)
    ? Number(text)
    : findings.error(tree.span, 'wrong-value', `"${text}" is no score`, 'write a number, as 6 or 4.5, or never')
}

export const switchValue: Reader<boolean> = (tree, findings) => {
  const text = wordOf(tree, findings, 'true or false', 'true')
  if (text === null) return null
  if (text === 'true' || text === 'false') return text === 'true'
  const meant = /^(?:yes|on|1)$/i.test(text) || text.toLowerCase() === 'true' ? 'true' : 'false'
  return findings.error(tree.span, 'wrong-value', `"${text}" is no switch`, `did you mean ${meant}?`)
}

/** Milliseconds, more than none. */
export const timeValue: Reader<number> = (tree, findings) => {
  const text = wordOf(tree, findings, 'a time', '30m')
  if (text === null) return null
  const time = parseTime(text)
  if (time !== undefined && time > 0) return time
  return findings.error(tree.span, 'wrong-value', `"${text}" is no time`, 'write 30s, 30m, 4h, 7d or 2w: m is minutes')
}

const kept = ['deliver', 'junk', 'quarantine', 'discard', 'reject'] as const

/** What will never pass. */
export const unscannableValue: Reader<Action> = oneOf('action', kept, {
  defer: 'this will never pass, and the message would wait until it is returned',
})

const delayKeys = {
  defer: timeValue,
  then: oneOf('action', kept, { defer: 'it was deferred already' }),
}

/** What will pass. */
export const outageValue: Reader<Outage> = (tree, findings) => {
  if (tree.kind === 'text') {
    const then = actionValue(tree, findings)
    return then === null ? null : { wait: 0, then }
  }
  const read: Read<typeof delayKeys> | null = tableOf('an outage', delayKeys)(tree, findings)
  if (read === null) return null
  if (read.defer !== undefined && read.then !== undefined) return { wait: read.defer, then: read.then }
  return findings.broken
    ? null
    : findings.error(tree.span, 'no-value', 'defer and then belong together', 'write { defer: 30m, then: deliver }')
}

/** It goes to the scanner as it is. */
export const profileValue: Reader<string> = (tree, findings) => {
  const text = lineOf('a profile', 64, 'strict')(tree, findings)
  if (text === null || /^[\w.@+-]+$/.test(text)) return text
  return findings.error(
    tree.span,
    'wrong-value',
    `"${text}" is no name of a profile`,
    'it has letters and digits of ASCII, and . _ @ + -',
  )
}

/** An address, whose parts may be those of the recipient. */
export const mailboxValue: Reader<string> = (tree, findings) => {
  const text = lineOf('a mailbox', 200, '"quarantine+{local}@example.org"')(tree, findings)
  if (text === null) return null
  const filled = text.replaceAll('{local}', 'x').replaceAll('{domain}', 'x')
  const atom = "[\\w!#$%&'*/=?^`|~+-]+"
  if (new RegExp(`^${atom}(?:\\.${atom})*@[\\w-]+(?:\\.[\\w-]+)*$`).test(filled)) return text
  return findings.error(
    tree.span,
    'wrong-value',
    `"${text}" is no mailbox`,
    'write an address in ASCII, as "quarantine+{local}@example.org"; {local} and {domain} are those of the recipient',
  )
}

/** A name or a MIME type, with `*` and `?`. */
export const attachmentValue: Reader<string> = (tree, findings) => {
  const text = namePatternValue(tree, findings)
  if (text === null) return null
  if (text.startsWith('.'))
    return findings.error(tree.span, 'wrong-value', `"${text}" is no pattern of names`, `write "*${text}"`)
  if (/^[a-z0-9]{1,5}$/i.test(text) && weight(text) === text.length)
    findings.warn(tree.span, 'never', `only what is called just "${text}" fits`, `write "*.${text}"`)
  return text
}
