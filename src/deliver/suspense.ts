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

  /** DATA was answered in its place. */
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

  /** All is told as it was heard. */
  inStep(): void {
    if (this.#isOver) return
    this.#isInStep = true
    this.#end(this.#outcome, outcome => outcome)
  }

  /**
   * DATA will not be answered in its place. Nobody was refused for certain, and the message before is in doubt; but if the connection `isLost`, its final
   * reply counts: servers are restarted more often than they forget a reply.
   */
  outOfStep(cause: string, isLost: boolean): void {
    if (this.#isOver) return
    const doubt: Outcome = { kind: 'unanswered', at: 'end of data', cause }
    this.#end(isLost ? this.#outcome : doubt, () => ({ kind: 'unanswered', at: 'RCPT', cause }))
  }

  #end(final: Outcome | undefined, refusal: (heard: Outcome) => Outcome): void {
    this.#isOver = true
    if (final !== undefined) this.#final?.(final)
    for (const { tell, outcome } of this.#refusals) tell(refusal(outcome))
  }
}
