/** The recipients of one transaction with the next hop: each is told once what became of it at RCPT, a refusal when it is believed, and once more, if accepted, in the end. */
import type { Reply } from '../reply.ts'
import type { Recipient } from '../transaction.ts'
import type { Outcome } from './outcome.ts'

export type Tell = (outcome: Outcome) => void

/** `order`: the place among the accepted. */
export type TellFinal = (order: number, outcome: Outcome) => void

export type Slot = {
  readonly recipient: Recipient
  readonly path: string
  readonly tell: Tell
  phase: 'offered' | 'accepted' | 'answered'
}

export class Roster {
  readonly #slots: Slot[] = []
  readonly #accepted: Slot[] = []
  /** Not told yet. */
  #refusals: { readonly tell: Tell; readonly outcome: Outcome }[] = []
  #final: TellFinal | undefined

  /** In the order of their final replies. */
  get accepted(): readonly Slot[] {
    return this.#accepted
  }

  /** Somebody waits for his answer at RCPT. */
  get isAnyOffered(): boolean {
    return this.#slots.some(({ phase }) => phase === 'offered')
  }

  /** There is one recipient, and he is accepted. */
  get isForOne(): boolean {
    return this.#slots.length === 1 && this.#accepted.length === 1
  }

  add(recipient: Recipient, path: string, tell: Tell): Slot {
    const slot: Slot = { recipient, path, tell, phase: 'offered' }
    this.#slots.push(slot)
    return slot
  }

  /** The next hop's answer at RCPT, unless that at MAIL was the answer already. */
  answer(slot: Slot, reply: Reply): void {
    if (slot.phase !== 'offered') return
    const outcome: Outcome = { kind: 'answered', at: 'RCPT', reply }
    slot.phase = reply.code < 300 ? 'accepted' : 'answered'
    if (slot.phase === 'answered') return this.refuse(slot.tell, outcome)
    this.#accepted.push(slot)
    slot.tell(outcome)
  }

  /** `outcome` is told when refusals are. */
  refuse(tell: Tell, outcome: Outcome): void {
    this.#refusals.push({ tell, outcome })
  }

  refuseOffered(outcome: Outcome): void {
    for (const slot of this.#slots) {
      if (slot.phase !== 'offered') continue
      slot.phase = 'answered'
      this.refuse(slot.tell, outcome)
    }
  }

  /** What was heard, or `instead` of it. */
  tellRefusals(instead?: Outcome): void {
    if (this.#refusals.length === 0) return
    const refusals = this.#refusals
    this.#refusals = []
    for (const { tell, outcome } of refusals) tell(instead ?? outcome)
  }

  /** The message follows: from now on everyone accepted gets an outcome by `final`. */
  awaitFinals(final: TellFinal): void {
    this.#final = final
  }

  finish(order: number, outcome: Outcome): void {
    const slot = this.#accepted[order]
    if (slot?.phase !== 'accepted') return
    slot.phase = 'answered'
    this.#final?.(order, outcome)
  }

  tellOffered(outcome: Outcome): void {
    for (const slot of this.#slots) {
      if (slot.phase !== 'offered') continue
      slot.phase = 'answered'
      slot.tell(outcome)
    }
  }

  finishRest(outcome: Outcome): void {
    if (this.#final === undefined) return
    for (const order of this.#accepted.keys()) this.finish(order, outcome)
  }
}
