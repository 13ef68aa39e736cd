/** What was found, as text for people or JSON for programs. Pure. */
import { asciiJson } from '../quarantine/shown.ts'
import { escaped, pathText } from '../explain/print.ts'
import { barText } from './progress.ts'
import type { Case, Counts, Group } from './tally.ts'

/** `looked`: what was looked at. `facts`: where they are from. `origins`: where envelopes are from; '' if there is nothing to say about it. */
export type Findings = {
  readonly looked: 'messages' | 'decisions' | 'messages and decisions'
  readonly facts: string
  readonly origins: string
  readonly counts: Counts
  readonly groups: readonly Group[]
}

/** 2: something changes, or may; 1: nothing does, as far as everything could be looked at; 0: nothing does. */
export function exitCodeOf({ counts, groups }: Pick<Findings, 'counts' | 'groups'>): 0 | 1 | 2 {
  if (groups.length > 0) return 2
  return counts.failed + counts.unaddressed > 0 ? 1 : 0
}

/** `work`: what it took, for those who watch it at a terminal; else '', so that the same mail and policies give the same text. */
export function reportText(findings: Findings, work: string): string {
  const { looked, facts, origins, counts, groups } = findings
  const bar = work === '' ? '' : `${barText(1)} `
  return [
    `${bar}${counted(counts.messages, looked)}, ${counted(counts.recipients, 'recipients')}, facts ${facts}${work}`,
    ...(origins === '' ? [] : [origins]),
    ...groupLines(groups),
    row(counts.unchanged, 'unchanged'),
    ...whenAny(counts.unaddressed, count => row(count, 'without a recipient: they have no Delivered-To, so say --to')),
    ...whenAny(counts.failed, count => row(count, 'not looked at: see the first messages above')),
    ...whenAny(
      counts.broken,
      count =>
        `${counted(count, 'recipients')} with a policy file that cannot be used: lmtp-gate check says what is wrong`,
    ),
    summary(findings),
  ].join('\n')
}

/** Without the braces around it, so that the cases can come before, one by one. */
export function reportJson({ looked, facts, origins, counts, groups }: Findings): string {
  const all = groups.map(group => ({ ...group, mark: group.mark ?? null }))
  return asciiJson({ looked, facts, origins, ...counts, groups: all }, 2).slice(2)
}

/** A recipient who is concerned. */
export function caseLine({ change, guarded, recipient, sender, source }: Case): string {
  const { from, to, mark, place, words } = change
  const guard = guarded === undefined ? '' : `; unproven: ${guarded}`
  const whom = `${pathText(recipient)}  from ${sender === '' ? '<>' : pathText(sender)}  in ${escaped(source)}`
  const why = `${place === '' ? '' : `${place} `}${words}${guard}`
  return `${from.padEnd(10)} \u2192 ${to.padEnd(10)}  ${signs[mark ?? 'none']}  ${whom}  ${escaped(why)}`
}

export function caseJson({ change, guarded, recipient, sender, source }: Case): string {
  return asciiJson({ source, sender, recipient, ...change, mark: change.mark ?? null, guarded: guarded ?? null })
}

/** `12 480 messages`, `1 message` */
export function counted(count: number, things: string): string {
  const one = things.replace(/s$/, '').replace('s and', ' and')
  return `${grouped(count)} ${count === 1 ? one : things}`
}

const signs = { milder: '-', refused: '!', none: ' ' } as const

function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ' ')
}

function row(count: number, words: string): string {
  return `${grouped(count).padStart(7)}  ${words}`
}

function groupLines(groups: readonly Group[]): readonly string[] {
  const widest = (text: (group: Group) => string) =>
    groups.reduce((wide, group) => Math.max(wide, text(group).length), 0)
  const [wideFrom, wideTo] = [widest(({ from }) => from), widest(({ to }) => to)]
  const widePlace = widest(({ place }) => escaped(place))
  return groups.map(({ from, to, mark, place, words, count, guarded }) => {
    const fate = `${from.padEnd(wideFrom)} \u2192 ${to.padEnd(wideTo)}  ${signs[mark ?? 'none']}`
    const guard = Object.entries(guarded).map(([action, some]) => `; ${grouped(some)} of them unproven: ${action}`)
    return row(count, `${fate}  ${escaped(place).padEnd(widePlace)}  ${escaped(words)}${guard.join('')}`)
  })
}

function whenAny(count: number, line: (count: number) => string): readonly string[] {
  return count === 0 ? [] : [line(count)]
}

function summary({ looked, counts, groups }: Findings): string {
  const { milder, refused, uncertain } = counts
  switch (exitCodeOf({ counts, groups })) {
    case 0:
      return 'Nothing changes.'
    case 1:
      return 'Nothing changes, as far as could be seen; exit code 1: not everything could be looked at'
    case 2: {
      const isAre = (count: number) => (count === 1 ? 'recipient is' : 'recipients are')
      const told = [
        ...whenAny(milder, count => `${grouped(count)} ${isAre(count)} treated more mildly (-)`),
        ...whenAny(refused, count => `${grouped(count)} ${isAre(count)} newly rejected or discarded (!)`),
        ...whenAny(
          uncertain,
          count =>
            `of ${counted(count, 'recipients')} it hangs on facts that nobody wrote down (?${looked === 'decisions' ? '' : '; --scan asks the scanners'})`,
        ),
      ]
      const all = told.length === 0 ? '' : `${told.join(', ')}. `
      return `${all}--list names them, --json for programs; exit code 2: something changes`
    }
  }
}
