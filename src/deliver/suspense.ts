/** What was heard since commands went along behind a message: it is not believed before the reply to DATA shows that all are in step. */
import type { Outcome } from './outcome.ts'
import type { Tell } from './roster.ts'

/**
 * A next hop that keeps a final reply back would have its reply to MAIL taken for it, and each reply behind it for the one before; one that gives a final
 * reply too many, the other way round.
 */
export class Suspense {
  #isOver = false
  #isInStep = false
  #final: Tell | undefined
  #outcome: Outcome | undefined
  readonly #refusals: { readonly tell: Tell; readonly outcome: Outcome }[] = []

  get isInStep(): boolean {
    return this.#isInStep
  }

  /** The final reply to the message before. */
  hold(outcome: Outcome, tell: Tell): void {
    this.#outcome = outcome
    this.#final = tell
  }

  /** `tell` for somebody whom the commands behind the message ask about. */
  holding(tell: Tell): Tell {
    return outcome => {
      if (this.#isOver || outcome.kind !== 'answered' || outcome.reply.code < 300) tell(outcome)
      else this.#refusals.push({ tell, outcome })
    }
  }

  /** DATA was answered in its place: all is told as it was heard. */
  inStep(): void {
    if (this.#isOver) return
    this.#isInStep = true
    this.#end(this.#outcome, outcome => outcome)
  }

  /**
   * What fits DATA will not come. Nobody was refused for certain, and the message before is in doubt unless its final reply `counts`.
   */
  outOfStep(cause: string, counts: boolean): void {
    if (this.#isOver) return
    const doubt: Outcome = { kind: 'unanswered', at: 'end of data', cause }
    this.#end(counts ? this.#outcome : doubt, () => ({ kind: 'unanswered', at: 'RCPT', cause }))
  }

  #end(final: Outcome | undefined, refusal: (heard: Outcome) => Outcome): void {
    this.#isOver = true
    if (final !== undefined) this.#final?.(final)
    for (const { tell, outcome } of this.#refusals) tell(refusal(outcome))
  }
}
