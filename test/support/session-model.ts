/** What the gate must answer to a session, worked out from the policies and the next hop's fates alone. Pure. */
import type { Fates } from './model-hop.ts'

/** The policies of the model: the first letters of a local part say what its owner wants. */
export const modelRules = `
rules:
  - { when: { recipient: "toss*@*" }, then: discard }
  - { when: { recipient: "keep*@*" }, then: quarantine }
  - { when: { recipient: "junk*@*" }, then: junk }
  - { when: { recipient: "none*@*" }, then: reject }
  - { when: { recipient: "late*@*" }, then: defer }
  - { when: { recipient: "mark*@*" }, headers: { X-Mark: "yes" } }
  - { when: { recipient: "news*@*" }, folder: News }
  - { when: { recipient: "long*@*", size: { min: 1K } }, then: discard }
`
export const wishes = ['toss', 'keep', 'junk', 'none', 'late', 'mark', 'news', 'long', 'user'] as const

/** `lines` are those of the message, regular and not stuffed. */
export type ModelTransaction = {
  readonly sender: string
  readonly recipients: readonly string[]
  readonly lines: readonly string[]
  readonly form: 'DATA' | 'BDAT'
  /** The client thinks better of it before the message. */
  readonly isAbandoned: boolean
  /** The client takes so long for its message that the gate gives its connection to the next hop back. */
  readonly isSlow: boolean
}

/** Replies as they begin: to all commands up to the message, and after it. */
export type Predicted = {
  readonly rcpts: readonly string[]
  readonly accepted: readonly string[]
  readonly finals: readonly string[]
  /** Who gets a copy, under which path, in the order of the copies. */
  readonly copies: readonly string[]
}

type Traveller = { readonly path: string; readonly nth: number }

export function predict(transaction: ModelTransaction, fates: Fates): Predicted {
  const { sender, recipients } = transaction
  const mail = fates.mail(sender)
  const times = new Counter()
  const accepted: Traveller[] = []
  const rcpts = recipients.map(path => {
    if (path.startsWith('none')) return '550 5.7.1 '
    if (path.startsWith('late')) return '451 4.7.1 '
    const nth = times.next(path)
    const answer = isPositive(mail) ? fates.rcpt(path, nth, sender) : mail
    if (isPositive(answer)) accepted.push({ path, nth })
    return answer
  })
  return { rcpts, accepted: accepted.map(({ path }) => path), ...predictFinals(transaction, accepted, fates) }
}

function predictFinals(
  { sender, lines, isSlow }: ModelTransaction,
  accepted: readonly Traveller[],
  fates: Fates,
): Pick<Predicted, 'finals' | 'copies'> {
  const finals: string[] = accepted.map(({ path }) => (wishOf(path, lines) === 'none' ? '250 2.7.0 ' : ''))
  const copies: string[] = []
  const groups = new Map<string, number[]>()
  for (const [slot, { path }] of accepted.entries()) {
    const bytes = wishOf(path, lines)
    if (bytes !== 'none') groups.set(bytes, [...(groups.get(bytes) ?? []), slot])
  }
  const carriesOn =
    !isSlow &&
    groups.size === 1 &&
    finals.every(final => final === '') &&
    accepted.every(({ path }) => destination(path) === path)
  for (const slots of groups.values()) {
    const times = new Counter()
    const offered = slots.map(slot => ({ slot, path: destination(accepted[slot]?.path ?? '') }))
    const taken = offered.flatMap(({ slot, path }) => {
      if (carriesOn) return [{ slot, path, nth: accepted[slot]?.nth ?? 0 }]
      const nth = times.next(path)
      const answer = fates.rcpt(path, nth, sender)
      finals[slot] = answer
      return isPositive(answer) ? [{ slot, path, nth }] : []
    })
    for (const { slot, path, nth } of taken) {
      finals[slot] = fates.final(path, nth, sender)
      copies.push(path)
    }
  }
  return { finals, copies }
}

/** Which bytes he gets; `none`: no copy at all. */
function wishOf(path: string, lines: readonly string[]): 'plain' | 'junk' | 'mark' | 'none' {
  const size = lines.reduce((sum, line) => sum + line.length + 2, 0)
  if (/^(?:toss|keep)/.test(path) || (path.startsWith('long') && size >= 1024)) return 'none'
  if (path.startsWith('junk')) return 'junk'
  return path.startsWith('mark') ? 'mark' : 'plain'
}

function destination(path: string): string {
  if (path.startsWith('junk')) return path.replace('@', '+Junk@')
  return path.startsWith('news') ? path.replace('@', '+News@') : path
}

function isPositive(reply: string): boolean {
  return reply.startsWith('2')
}

class Counter {
  readonly #counts = new Map<string, number>()

  next(key: string): number {
    const count = this.#counts.get(key) ?? 0
    this.#counts.set(key, count + 1)
    return count
  }
}
