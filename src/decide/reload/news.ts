/** What is new in a version, for the log: everything is told once, and no more than somebody would read. */
import type { Problem } from '../problem.ts'
import type { RulesEvent } from './events.ts'
import { shown } from '../source-file.ts'
import type { ReadAnew } from './persons-in-use.ts'

const maxTold = 50

/** Problems of administrators' files, in this version and in the one before. */
export function administratorsNews(before: readonly Problem[], after: readonly Problem[]): readonly RulesEvent[] {
  const told = new Set(before.map(wordsOf))
  const problems = after.filter(problem => !told.has(wordsOf(problem)))
  const stillBroken = brokenFiles(after)
  return [
    ...problems.map((problem): RulesEvent =>
      problem.severity === 'error'
        ? { kind: 'broken', problem, until: 'the last good version counts' }
        : { kind: 'advice', problem },
    ),
    ...[...brokenFiles(before)]
      .filter(file => !stillBroken.has(file))
      .map((file): RulesEvent => ({ kind: 'mended', file })),
  ]
}

/** `isNew`: this version was not told as broken. */
export function personsNews({ broken, fine }: ReadAnew, wasBroken: (path: string) => boolean): readonly RulesEvent[] {
  const isBroken = new Set(broken.map(({ listing }) => listing.path))
  return [
    ...broken.flatMap(({ problems, hasLastGood }) => brokenNews(problems, hasLastGood)),
    ...fine
      .filter(path => wasBroken(path) && !isBroken.has(path))
      .map((path): RulesEvent => ({ kind: 'mended', file: shown(path) })),
  ]
}

export function brokenNews(problems: readonly Problem[], hasLastGood: boolean): readonly RulesEvent[] {
  const until = hasLastGood ? 'the last good version counts' : 'mail waits'
  return problems.map((problem): RulesEvent => ({ kind: 'broken', problem, until }))
}

/** So many of them that somebody would read them. */
export function readable(news: readonly RulesEvent[]): readonly RulesEvent[] {
  const count = news.length - maxTold
  return count <= 0 ? news : [...news.slice(0, maxTold), { kind: 'more', count }]
}

export function brokenFiles(problems: readonly Problem[]): ReadonlySet<string> {
  return new Set(problems.filter(({ severity }) => severity === 'error').map(({ file }) => file))
}

function wordsOf({ file, line, column, message }: Problem): string {
  return [file, line, column, message].join('\0')
}
