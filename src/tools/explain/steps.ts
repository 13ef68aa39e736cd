/** The steps of a decision as rows for people, made of what the decision itself told (decide/trace.ts); nothing is decided here. Pure. */
import type { Note } from '../../decide/trace.ts'
import { attachmentsWords, spamWords, virusWords } from './content-words.ts'
import { ruleWords } from './rule-words.ts'
import { capWords, guardWords, sendersWords, sizeWords } from './step-words.ts'
import type { About, Step, StepName, Words } from './step.ts'

/** As in rules/README.md, where 6 is: nothing decided, so deliver. */
const numbers = {
  size: 1,
  senders: 2,
  rules: 3,
  attachments: 4,
  spam: 5,
  at_worst: 7,
  bounce_guard: 8,
  'real size': 9,
  enforce: 10,
  virus: 11,
} as const satisfies Record<StepName, number>

const names = Object.keys(numbers) as StepName[]

/** Every step in its order; of those that were not asked, why not. `notes`: of one decision, as told. */
export function stepsOf(notes: readonly Note[], about: About): readonly Step[] {
  const early = notes.flatMap(note => (note.step === 'recipient' ? [note.note] : []))
  // A recipient refused for his own sake is so before the senders are asked; else what was asked for that is asked again in its turn.
  const isRefused = early.length > 0 && !notes.some(note => note.step === 'senders')
  const asked = rowsOf(isRefused ? [...notes, ...early] : notes, about)
  return names.flatMap(name => {
    const own = asked.filter(row => row.name === name)
    if (own.length > 0) return own
    const isBefore = isRefused && name === 'senders'
    const words = isBefore ? 'not asked: a rule about the recipient alone comes first' : whyNot(name, asked)
    return [row(name, undefined, { effect: undefined, words })]
  })
}

function whyNot(name: StepName, asked: readonly Step[]): string {
  if (name === 'enforce' && asked.some(step => step.name === 'virus')) return 'no file enforces anything'
  if (
    name === 'rules' &&
    asked.some(step => step.name === 'senders' && (step.effect === undefined || step.effect === 'allow'))
  )
    return 'none'
  const deciding = asked.filter(({ effect }) => effect !== undefined && effect !== 'edit' && effect !== 'no')
  const first = deciding[0]
  const last = deciding.at(-1)
  if (last?.effect === 'waits') return `not asked yet: ${last.name} waits`
  if (first === undefined || last === undefined) return 'not asked'
  return numbers[name] < numbers.at_worst
    ? `not asked: ${first.name} decided`
    : `not asked: ${String(last.effect)} keeps nothing`
}

function rowsOf(notes: readonly Note[], about: About): readonly Step[] {
  const virus = notes.findIndex(note => note.step === 'virus')
  return notes.flatMap((note, at) => {
    // What the guard says of a virus belongs to that step.
    if (note.step !== 'bounce_guard' || virus < 0 || at < virus) return rowsOfNote(note, about)
    return note.before.action === note.after?.action ? [] : [row('virus', undefined, guardWords(note))]
  })
}

function rowsOfNote(note: Note, about: About): readonly Step[] {
  switch (note.step) {
    case 'recipient':
      return []
    case 'declared size':
      return [row('size', undefined, sizeWords(note, about))]
    case 'real size':
      return [row('real size', undefined, sizeWords(note, about))]
    case 'senders':
      return [row('senders', undefined, sendersWords(note, about))]
    case 'rules':
      return [row('rules', note.rule.place, ruleWords(note, about))]
    case 'attachments':
      return [row('attachments', undefined, attachmentsWords(note, about))]
    case 'spam':
      return [row('spam', undefined, spamWords(note, about))]
    case 'at_worst':
      return [row('at_worst', undefined, capWords(note, about))]
    case 'bounce_guard':
      return [row('bounce_guard', undefined, guardWords(note))]
    case 'enforce':
      return enforceRows(note, about)
    case 'enforced': {
      const { place, outcome, counts } = note
      return counts
        ? [row('enforce', place, { effect: outcome.action, words: `severer: ${outcome.because.words}` })]
        : []
    }
    case 'virus': {
      const words = virusWords(note, about)
      return note.place !== undefined && words.isIdle === true ? [] : [row('virus', note.place, words)]
    }
  }
}

/** What an `enforce` asked, as far as it asks anything. What came of it is told behind. */
function enforceRows({ place, note }: Extract<Note, { step: 'enforce' }>, about: About): readonly Step[] {
  return rowsOfNote(note, about)
    .filter(inner => !inner.isIdle)
    .map(inner => {
      const effect = inner.effect === 'no' || inner.effect === 'waits' ? inner.effect : undefined
      return row('enforce', inner.place ?? place, { effect, words: `${inner.name}: ${inner.words}` })
    })
}

function row(name: StepName, place: Step['place'], { effect, words, isIdle = false }: Words): Step {
  return { number: numbers[name], name, effect, place, words, isIdle }
}
