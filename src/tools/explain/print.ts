/** An explanation as text of at most 100 columns, in which nothing from a message can command a terminal. Pure. */
import { formatProblem } from '../../decide/problem.ts'
import type { Place } from '../../decide/verdict.ts'
import { becauseText, placeText } from '../../watch/log.ts'
import type { Explanation, Unexplained } from './explanation.ts'

const width = 100
const label = 9
const since = '; the policy files have changed since'
const dash = '\u2013'

/** `placed` names a place in few letters; `all`: every key of the policy, those too that no file says. */
export function explanationText(explanation: Explanation, placed: (place: Place) => string, all: boolean): string {
  const { facts, steps, verdict, trial, then, delivery, adds, reply } = explanation
  const because = verdict === undefined ? 'not certain yet' : `${verdict.action}, because ${verdictWords(verdict)}`
  const fields = adds.map(({ name, text }) => `${name}: ${text}`)
  return [
    ...section('Files', [filesText(explanation)]),
    ...section('Policy', policyLines(explanation, placed, all)),
    ...section('Facts', flowing(facts, ' \u00b7 ')),
    ...section('Steps', stepLines(steps, placed)),
    ...section('Verdict', [because]),
    ...(trial === undefined ? [] : section('Trial', [...stepLines(trial.steps, placed), trialWords(trial)])),
    ...(then === undefined ? [] : section('Then', [`${thenWords(then)}${then.isSame ? '' : since}`])),
    ...(delivery === undefined ? [] : section('To', [toText(delivery)])),
    ...(fields.length === 0 ? [] : section('Adds', flowing(fields, ' \u00b7 '))),
    ...section('Reply', [reply]),
  ].join('\n')
}

/** A gate that runs may have decided by a last good version, so it is not said that the file has changed since. */
export function unexplainedText({ broken, facts, then, reply }: Unexplained): string {
  return [
    ...broken.map(formatProblem),
    ...section('Facts', flowing(facts, ' \u00b7 ')),
    ...section('Verdict', ['defer, because the file cannot be used; a gate that runs may have a last good version']),
    ...(then === undefined ? [] : section('Then', [thenWords(then)])),
    ...section('Reply', [reply]),
  ].join('\n')
}

/** `shadow: true`: decided and told, but not acted on. */
function trialWords({ verdict }: NonNullable<Explanation['trial']>): string {
  return verdict === undefined
    ? 'would not be certain yet'
    : `would be ${verdict.action}, because ${verdictWords(verdict)}`
}

function verdictWords({ because, place }: NonNullable<Explanation['verdict']>): string {
  return because.step === 'default' ? 'nothing is against it' : `${becauseText(because)}, ${placeText(place)}`
}

function thenWords({ isSame, action, at, transaction, ...reason }: NonNullable<Explanation['then']>): string {
  const words = isSame ? 'the same' : `${action}, because ${verdictWords({ action, ...reason })}`
  return `${words}, on ${at.toISOString()} in transaction ${transaction}`
}

/** A path as on the wire, for people. */
export function pathText(path: string): string {
  return escaped(Buffer.from(path, 'latin1').toString())
}

/** Letters, digits, signs and blanks stay; everything else becomes `\x1b` or `\u{202e}`. */
export function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, found => {
    const code = found.codePointAt(0) ?? 0
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

function filesText({ files, forOriginal }: Explanation): string {
  const names = files.map(({ name, line }) => (line === undefined ? name : `${name} (for: line ${line})`))
  const text = names.length === 0 ? 'none: all is as built in' : names.join(' < ')
  return forOriginal ? `${text}, as for the original recipient` : text
}

/** Without `all`, what files say, but for lists, rules and what persons may write: the steps tell of these what matters. */
function policyLines({ policy }: Explanation, placed: (place: Place) => string, all: boolean): string[] {
  const rows = all ? policy : policy.filter(({ key, place }) => place !== 'built in' && !isList(key))
  const texts = rows.map(({ key, value, place }) => `${key} ${value} (${placed(place)})`)
  return all ? texts : flowing([...(texts.length === 0 ? ['as built in'] : texts), '--all: every key'], '  ')
}

function isList(key: string): boolean {
  return /(?:^|\.)(?:allow|block|ignore|rules)$|^users\./.test(key)
}

function toText({ path, nextHop, together }: NonNullable<Explanation['delivery']>): string {
  const group =
    together.length === 0
      ? 'in a delivery group of its own'
      : `in one delivery group with ${together.map(pathText).join(', ')}`
  return `${pathText(path)}${nextHop === undefined ? '' : ` by ${nextHop}`}, ${group}`
}

function stepLines(steps: Explanation['steps'], placed: (place: Place) => string): string[] {
  const wide = Math.max(0, ...steps.map(({ place }) => (place === undefined ? 0 : placed(place).length)))
  return steps.flatMap(({ number, name, effect = dash, place, words }, i) => {
    const head = steps[i - 1]?.name === name ? ' '.repeat(17) : `${String(number).padStart(2)} ${name.padEnd(14)}`
    const where = place === undefined ? '' : `${placed(place).padEnd(wide)}  `
    return wrapped(words, `${head}${effect.padEnd(11)}${where}`)
  })
}

/** Texts one behind the other; what has no room goes on in the next line. */
function flowing(texts: readonly string[], between: string): string[] {
  const lines: string[] = []
  for (const text of texts.map(escaped)) {
    const last = lines.at(-1)
    if (last === undefined || last.length + between.length + text.length > width - label) lines.push(text)
    else lines[lines.length - 1] = `${last}${between}${text}`
  }
  return lines
}

function section(title: string, texts: readonly string[]): string[] {
  const lines = texts.flatMap(text => wrapped(text, ''))
  return lines.map((line, i) => `${(i === 0 ? title : '').padEnd(label)}${line}`.trimEnd())
}

/** `start` before the first line, blanks before the others. */
function wrapped(words: string, start: string): string[] {
  const room = width - label - start.length
  const lines: string[] = []
  let rest = escaped(words)
  while (rest.length > room) {
    const blank = rest.lastIndexOf(' ', room)
    const at = blank > 0 ? blank : room
    lines.push(rest.slice(0, at))
    rest = rest.slice(at).trimStart()
  }
  return [...lines, rest].map((line, i) => `${i === 0 ? start : ' '.repeat(start.length)}${line}`)
}
