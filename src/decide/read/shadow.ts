/** Rules that can never decide: an earlier one of the same file always does first, or their exceptions leave nothing. */
import type { Case, Condition, Range, Rule } from '../settings.ts'

/** The earlier rule that matches whenever `rule` does, if there is one. It may be missed, but never wrongly found. */
export function shadowedBy(rule: Rule, earlier: readonly Rule[]): Rule | undefined {
  if (rule.then === undefined) return undefined
  return earlier.find(
    other =>
      other.then !== undefined && (rule.shadow || !other.shadow) && lastsAsLong(other, rule) && covers(other, rule),
  )
}

/** Whether `unless` holds whenever `when` does. It may be missed, but never wrongly found. */
export function exceptsItself({ when, unless }: Rule): boolean {
  return unless !== undefined && (when ?? always).every(one => unless.some(wider => contains(wider, one)))
}

/** One case without conditions. */
const always: readonly Case[] = [[]]

function lastsAsLong(other: Rule, rule: Rule): boolean {
  return other.until === undefined || (rule.until !== undefined && rule.until <= other.until)
}

/** Every case in which `rule` matches is one of the other's, and the other's exceptions are exceptions of `rule` too. */
function covers(other: Rule, rule: Rule): boolean {
  const { when } = other
  const cases = when === undefined || (rule.when ?? always).every(one => when.some(wider => contains(wider, one)))
  const exceptions = (other.unless ?? []).every(one => (rule.unless ?? []).some(wider => contains(wider, one)))
  return cases && exceptions
}

/** Whether `wider` holds whenever `narrower` does: each of its conditions is there too, with no more values. */
function contains(wider: Case, narrower: Case): boolean {
  return wider.every(condition => narrower.some(other => other.name === condition.name && weaker(condition, other)))
}

function weaker(wider: Condition, narrower: Condition): boolean {
  if (wider.range !== undefined && narrower.range !== undefined) return includes(wider.range, narrower.range)
  return (
    wider.range === undefined &&
    narrower.range === undefined &&
    narrower.values.every(value => wider.values.includes(value))
  )
}

function includes(wider: Range, narrower: Range): boolean {
  return (
    (wider.min ?? -Infinity) <= (narrower.min ?? -Infinity) && (wider.max ?? Infinity) >= (narrower.max ?? Infinity)
  )
}
