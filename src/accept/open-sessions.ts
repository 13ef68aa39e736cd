/**
 * The sessions that are open, in no order. A Set would do, but V8 makes it a new table each so many additions, to which the former one points: once
 * one of them is old, all that follow stay alive, with the sessions that were in them, until all memory is collected.
 */

/** `seat` is set here alone. */
export type Seated = { seat: number }

export class OpenSessions<Session extends Seated> {
  readonly #sessions: Session[] = []

  get size(): number {
    return this.#sessions.length
  }

  add(session: Session): void {
    session.seat = this.#sessions.length
    this.#sessions.push(session)
  }

  /** The last one takes its seat. */
  delete(session: Session): void {
    if (this.#sessions[session.seat] !== session) return
    const last = this.#sessions.pop()
    if (last === undefined || last === session) return
    last.seat = session.seat
    this.#sessions[session.seat] = last
  }

  /** Those that are here now, whatever happens to them meanwhile. */
  all(): readonly Session[] {
    return [...this.#sessions]
  }
}
