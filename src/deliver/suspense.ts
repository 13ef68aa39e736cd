/** The final reply to a message behind which commands went along: it is not believed before the reply to DATA shows that all are in step. */
import type { Outcome } from './outcome.ts'
import type { Tell } from './roster.ts'

/** A next hop that keeps a final reply back would have its reply to MAIL taken for it; one that gives a final reply too many, the other way round. */
export class Suspense {
  #isOver = false
  #tell: Tell | undefined
  #outcome: Outcome | undefined

  hold(outcome: Outcome, tell: Tell): void {
    this.#outcome = outcome
    this.#tell = tell
  }

  /** DATA was answered in its place: it is told as it was heard. */
  inStep(): void {
    this.#end(this.#outcome)
  }

  /** What fits DATA will not come: the message is in doubt unless its final reply `counts`. */
  outOfStep(cause: string, counts: boolean): void {
    this.#end(counts ? this.#outcome : { kind: 'unanswered', at: 'end of data', cause })
  }

  #end(outcome: Outcome | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    if (outcome !== undefined) this.#tell?.(outcome)
  }
}
