/** What one folder of policies says for recipients, worked out once for each set of files. */
import { relative, resolve } from 'node:path'
import { systemClock } from '../../clock.ts'
import type { Config } from '../../config/config.ts'
import type { PolicyAddress } from '../../decide/facts.ts'
import type { Policy } from '../../decide/policy.ts'
import type { Problem } from '../../decide/problem.ts'
import type { Rules } from '../../decide/rules.ts'
import type { Case, Rule } from '../../decide/settings.ts'
import type { Place } from '../../decide/verdict.ts'
import { loadRules } from '../../load-rules.ts'
import { policyRows, type PolicyRow } from '../explain/policy-rows.ts'

/** A recipient's policy, and what it says for words. */
export type Usable = { readonly policy: Policy; readonly said: () => Said }

/** Or the place of what is wrong in his file. */
export type Standing = Usable | { readonly broken: string }

/** `files`: names below the folder and texts, by which two policies are the same. `short` names a place by that name. */
export type Said = {
  readonly rows: readonly PolicyRow[]
  readonly files: string
  /** Whether it has a row that says the same as one of other policies, wherever it stands. */
  says(row: PolicyRow): boolean
  rowAt(place: Place): PolicyRow | undefined
  rowOf(key: string): PolicyRow | undefined
  short(place: Place): string
}

export class Standings {
  readonly #rules: Rules
  readonly #root: string
  readonly #messageLimit: number
  readonly #known = new WeakMap<Policy, Usable>()

  /** `root`: the folder of policies. Problems, if they would keep a gate from starting. */
  static load(config: Config, root: string): Standings | { readonly problems: readonly Problem[] } {
    const rules = loadRules({ ...config, rules: root }, systemClock)
    return 'problems' in rules ? rules : new Standings(rules.current, root, config.limits.message)
  }

  private constructor(rules: Rules, root: string, messageLimit: number) {
    this.#rules = rules
    this.#root = root
    this.#messageLimit = messageLimit
  }

  of(recipient: PolicyAddress, original: PolicyAddress | undefined): Standing {
    const found = this.#rules.policyFor(recipient, original)
    if ('broken' in found) return { broken: problemPlace(found.broken) }
    const { policy } = found
    const known = this.#known.get(policy)
    if (known !== undefined) return known
    let said: Said | undefined
    const standing = { policy, said: () => (said ??= this.#said(policy, recipient, original)) }
    this.#known.set(policy, standing)
    return standing
  }

  #said(policy: Policy, recipient: PolicyAddress, original: PolicyAddress | undefined): Said {
    const layers = this.#rules.layersFor(recipient, original)
    const { rows, files } =
      'broken' in layers
        ? { rows: [], files: [] }
        : { rows: policyRows(layers, policy, this.#messageLimit), files: layers.files }
    const byPlace = new Map(rows.toReversed().map(row => [placeKey(row.place), row]))
    const byKey = new Map(rows.toReversed().map(row => [row.key, row]))
    const texts = new Map(
      [policy, ...policy.enforce].flatMap(({ rules }) => rules).map(rule => [rule.place, ruleText(rule)]),
    )
    const saying = rows.map(row => ({ ...row, value: texts.get(row.place) ?? row.value }))
    const all = new Set(saying.map(rowText))
    for (const [i, row] of rows.entries()) rowTexts.set(row, rowText(saying[i] ?? row))
    return {
      rows,
      files: JSON.stringify(files.map(({ findings: { source } }) => [this.#nameOf(source.file), source.text])),
      says: row => all.has(rowTexts.get(row) ?? rowText(row)),
      rowAt: place => byPlace.get(placeKey(place)),
      rowOf: key => byKey.get(key),
      short: place => (place === 'built in' ? place : `${this.#nameOf(place.file)}:${place.line}`),
    }
  }

  #nameOf(file: string): string {
    return relative(this.#root, resolve(file))
  }
}

/** What each row says, of rules more than their names. */
const rowTexts = new WeakMap<PolicyRow, string>()

function rowText({ key, value }: PolicyRow): string {
  return `${key} ${value}`
}

/** All that a rule does; its conditions by what they ask for. */
function ruleText({ when, unless, then, text, folder, headers, until }: Rule): string {
  return JSON.stringify({ when: asked(when), unless: asked(unless), then, text, folder, headers, until })
}

function asked(cases: readonly Case[] | undefined): unknown {
  return cases?.map(conditions => conditions.map(({ name, values, range }) => ({ name, values, range })))
}

function placeKey(place: Place): string {
  return place === 'built in' ? place : `${place.line}:${place.column}:${place.file}`
}

function problemPlace([first]: readonly Problem[]): string {
  if (first === undefined) return 'built in'
  return first.line === 0 ? first.file : `${first.file}:${first.line}`
}
