/** Why a rule matches or not, in words: the conditions that were asked say what they found. Pure. */
import type { Rule } from '../../decide/settings.ts'
import type { Note, Tried } from '../../decide/trace.ts'
import { isUnlearned } from '../../decide/truth.ts'
import type { About, Words } from './step.ts'

export function ruleWords(note: Extract<Note, { readonly step: 'rules' }>, about: About): Words {
  const { facts, rule, matched, lacking, tried } = note
  const name = /^rule \d+$/.test(rule.name) ? '' : `${rule.name.replace(/^rule /, '')}: `
  const say = (some: readonly Tried[]) =>
    some.map(({ condition }) => condition.found(facts, about.delimiters)).join(', ')
  if (isUnlearned(matched)) {
    const why = say(tried.filter(({ answer }) => isUnlearned(answer)))
    if (lacking === undefined) return { effect: 'waits', words: `${name}${why}, and when it came is not known yet` }
    return { effect: lacking === 'nothing' ? 'no' : lacking.action, words: `${name}${why}` }
  }
  switch (matched) {
    case true: {
      const holding = caseThatHolds(tried, 'when')
      return {
        effect: rule.then ?? 'edit',
        words: `${name}${holding === undefined ? 'always' : say(holding)}${edits(rule)}`,
      }
    }
    case false: {
      if (rule.until !== undefined && rule.until < facts.today)
        return { effect: 'no', words: `${name}ended with ${rule.until}` }
      const excepted = caseThatHolds(tried, 'unless')
      const why =
        excepted === undefined
          ? say(tried.filter(({ part, answer }) => part === 'when' && answer === false))
          : `unless ${say(excepted)}`
      return { effect: 'no', words: `${name}${why}` }
    }
    case undefined:
      return { effect: 'waits', words: `${name}${say(tried.filter(({ answer }) => answer === undefined))}` }
  }
}

/** The conditions of the case that settled it. */
function caseThatHolds(tried: readonly Tried[], part: Tried['part']): readonly Tried[] | undefined {
  const last = tried.findLast(one => one.part === part)
  const all = tried.filter(one => one.part === part && one.of === last?.of)
  return last !== undefined && all.every(({ answer }) => answer === true) ? all : undefined
}

/** What it does besides its action. */
function edits({ folder, headers }: Rule): string {
  const all = [...(folder === undefined ? [] : [`folder ${folder}`]), ...headers.map(({ name }) => name)]
  return all.length === 0 ? '' : ` \u2192 ${all.join(', ')}`
}
