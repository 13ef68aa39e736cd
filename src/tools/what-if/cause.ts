/** Which line of a policy makes a difference, in words that are the same for every message that it concerns. Pure. */
import type { Facts } from '../../decide/facts.ts'
import { decide } from '../../decide/decide.ts'
import type { Policy } from '../../decide/policy.ts'
import type { Rule } from '../../decide/settings.ts'
import type { Edits, Place, Verdict } from '../../decide/verdict.ts'
import { placeText } from '../../watch/log.ts'
import { endpointText } from '../../deliver/endpoint.ts'
import type { PolicyRow } from '../explain/policy-rows.ts'
import type { Said, Standing, Usable } from './standing.ts'

export type Reason = { readonly place: string; readonly words: string }

/** Between two verdicts of different actions. */
export function causeOfAction(was: Verdict, is: Verdict, before: Standing, after: Standing): Reason {
  if ('broken' in after) return { place: after.broken, words: 'the file cannot be used' }
  if ('broken' in before) return { place: before.broken, words: 'the file can be used again' }
  const [old, now] = [before.said(), after.said()]
  const lines = linesOf(is, now)
  const newOne = lines.find(row => !old.says(row))
  if (newOne !== undefined) return newRow(newOne, old)
  // What decides now was there before, so what decided then is gone.
  const goneOne = linesOf(was, old).find(row => !now.says(row))
  if (goneOne !== undefined) return goneRow(goneOne, old, now)
  return (
    onlyDifference(old, now) ?? {
      place: placeText(is.place),
      words: lines[0] === undefined ? 'nothing is against it' : rowWords(lines[0]),
    }
  )
}

function newRow(row: PolicyRow, old: Said): Reason {
  return { place: placeText(row.place), words: `${rowWords(row)}${former(row, old)}` }
}

/** A key that has another value now is not gone. */
function goneRow(row: PolicyRow, old: Said, now: Said): Reason {
  const other = isEntry(row) ? undefined : now.rowOf(row.key)
  if (other !== undefined && other.place !== 'built in') return newRow(other, old)
  const instead = other === undefined ? '' : `, now ${other.value}`
  return { place: placeText(row.place), words: `no longer: ${rowWords(row)}${instead}` }
}

/** If two policies differ in one thing alone, it is the cause of all: of a pass that was given, or of a guard. */
function onlyDifference(old: Said, now: Said): Reason | undefined {
  const known = differences.get(old)?.get(now)
  if (known !== undefined) return known.reason
  const added = now.rows.filter(row => !old.says(row))
  const gone = old.rows.filter(row => !now.says(row) && !added.some(({ key }) => key === row.key && !isEntry(row)))
  const [row = gone[0], second] = [...added, ...gone]
  const isOne = row !== undefined && second === undefined
  const reason = !isOne ? undefined : added.includes(row) ? newRow(row, old) : goneRow(row, old, now)
  const byNow = differences.get(old) ?? new WeakMap<Said, { readonly reason: Reason | undefined }>()
  differences.set(old, byNow.set(now, { reason }))
  return reason
}

const differences = new WeakMap<Said, WeakMap<Said, { readonly reason: Reason | undefined }>>()

/** What is missing in facts that were written down. */
export function causeOfDoubt(missing: string): Reason {
  return { place: '', words: `not known: ${missing}` }
}

type Side = { readonly standing: Standing; readonly facts: Facts }

/** Between two verdicts of one action: the copies may differ, or the reply. Undefined: nothing does. */
export function causeOfCopy(was: Verdict, is: Verdict, before: Side, after: Side): Reason | undefined {
  if ('broken' in before.standing || 'broken' in after.standing) return undefined
  const [old, now] = [before.standing, after.standing]
  if (was.edits.folder !== is.edits.folder) {
    const words = `to ${is.edits.folder ?? 'INBOX'}, not to ${was.edits.folder ?? 'INBOX'}`
    return { place: editPlace(is, after, was, before, rule => rule.folder !== undefined), words }
  }
  if (!sameHeaders(was.edits, is.edits))
    return {
      place: editPlace(is, after, was, before, rule => rule.headers.length > 0),
      words: 'with other header fields',
    }
  if (JSON.stringify(was.code) !== JSON.stringify(is.code))
    return { place: placeText(is.place), words: 'with another reply' }
  if (JSON.stringify(was.keeping) !== JSON.stringify(is.keeping)) return changedRow('quarantine.', old, now)
  const isOnward = is.action === 'deliver' || is.action === 'junk'
  return isOnward && nextHop(old.policy) !== nextHop(now.policy) ? changedRow('next_hop', old, now) : undefined
}

function sameHeaders(was: Edits, is: Edits): boolean {
  const text = ({ headers }: Edits) => headers.map(({ name, text }) => `${name}: ${text}`).join('\n')
  return text(was) === text(is)
}

function nextHop({ nextHop }: Policy): string | undefined {
  return nextHop?.value.map(endpointText).join(' ')
}

/** Of the rule that edits so, now or, if there is none, before; else of what decides. */
function editPlace(is: Verdict, after: Side, was: Verdict, before: Side, edits: (rule: Rule) => boolean): string {
  const rule = editor(after, is, edits) ?? editor(before, was, edits)
  return placeText(rule?.place ?? junkPlace(is, after) ?? is.place)
}

function editor({ standing, facts }: Side, verdict: Verdict, edits: (rule: Rule) => boolean): Rule | undefined {
  if ('broken' in standing || verdict.action !== 'deliver') return undefined
  const found: Rule[] = []
  decide(facts, standing.policy, note => {
    if (note.step === 'rules' && note.matched === true && edits(note.rule)) found.push(note.rule)
  })
  return found[0]
}

function junkPlace(is: Verdict, { standing }: Side): Place | undefined {
  return is.action === 'junk' && !('broken' in standing) ? standing.said().rowOf('junk_folder')?.place : undefined
}

function changedRow(start: string, before: Usable, after: Usable): Reason {
  const [old, now] = [before.said(), after.said()]
  const row = now.rows.find(one => one.key.startsWith(start) && !old.says(one))
  if (row !== undefined) return newRow(row, old)
  const gone = old.rows.find(one => one.key.startsWith(start) && !now.says(one))
  return gone === undefined ? { place: '', words: start } : goneRow(gone, old, now)
}

/** The lines that made a verdict, a cap before what it caps. None: nothing was against the message. */
function linesOf({ action, because, place }: Verdict, said: Said): readonly PolicyRow[] {
  const { step } = because
  if (step === 'default') return []
  const asked = step === 'bounce_guard' ? 'reject' : action
  const row = place === 'built in' ? builtInRow(asked, step, said) : said.rowAt(place)
  const cap = said.rows.find(({ key, value }) => key.endsWith('at_worst') && value === action)
  return [...(step === 'at_worst' && cap !== undefined ? [cap] : []), ...(row === undefined ? [] : [row])]
}

function builtInRow(action: string, step: string, { rows }: Said): PolicyRow | undefined {
  const own = rows.filter(({ key, place }) => place === 'built in' && key.startsWith(`${step}.`))
  return own.find(({ key }) => key === `${step}.${action}`) ?? own.find(({ value }) => value.endsWith(action))
}

/** Of lists and rules there may be many under one key. */
function isEntry({ key }: PolicyRow): boolean {
  return /(?:^|\.)(?:allow|block|ignore|rules)$/.test(key)
}

/** `, was 6 (default.yaml:2)`, if the key had another value; lists and rules have none. */
function former(row: PolicyRow, before: Said): string {
  if (isEntry(row)) return ''
  const was = before.rowOf(row.key)
  if (was === undefined) return ', was not set'
  return was.value === row.value ? '' : `, was ${was.value} (${before.short(was.place)})`
}

function rowWords({ key, value }: PolicyRow): string {
  return /(?:^|\.)rules$/.test(key) ? `${key.startsWith('enforce') ? 'enforced ' : ''}rule ${value}` : `${key} ${value}`
}
