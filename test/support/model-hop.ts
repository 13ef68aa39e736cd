/** A correct next hop that remembers what it said to whom, and that can be made to err at one place. */
import { NextHopListener } from './next-hop.ts'
import type { Peer } from './peer.ts'
import { chunkSize, untilDot } from './wire-message.ts'

export type Stage = 'greeting' | 'LHLO' | 'RSET' | 'MAIL' | 'RCPT' | 'DATA' | 'mid-message' | 'final'

/** Where the next hop is: `index` counts RCPTs, or final replies, of one transaction from 0. */
export type Place = { readonly stage: Stage; readonly index: number }

/**
 * Done instead of saying `reply`. `said`: this reply did go out, whole and in its place; `refused`: another did, and the command counts as
 * refused; `kept back`: none did, and the next hop goes on as if; `over`: nothing more is said on this connection; `last word`: as `said`, and
 * then it is over.
 */
export type Fault = (peer: Peer, reply: string, hop: ModelHop) => Promise<Done | 'over' | 'last word'>

type Done = 'said' | 'refused' | 'kept back'

/** Replies without CRLF; `nth` counts RCPTs with the same path in one transaction from 0. A reply may hold `#`: a tag that no other has. */
export type Fates = {
  readonly mail: (sender: string) => string
  readonly rcpt: (path: string, nth: number, sender: string) => string
  readonly final: (path: string, nth: number, sender: string) => string
}

/** One reply that went out, complete, when the conversation was in step. */
export type Said = { readonly place: Place; readonly path: string; readonly line: string; readonly message: string }

export const kindly: Fates = {
  mail: () => '250 2.1.0 ok #',
  rcpt: () => '250 2.1.5 ok #',
  final: () => '250 2.0.0 saved #',
}

const forNobody = '503 5.5.1 nobody'

type Accepted = { readonly path: string; readonly nth: number }

export class ModelHop extends NextHopListener {
  readonly said: Said[] = []
  /** The path of every recipient whose message came in whole, whatever was answered then: it may lie in his mailbox. */
  readonly taken: string[] = []
  /** What a next hop should never hear: lines that are no command there, and whatever comes behind a DATA for nobody that it did not refuse. */
  readonly amiss: string[] = []
  /** Changes whenever anything happens on any connection. */
  activity = 0
  fates: Fates = kindly
  /** Called before each reply; a fault it gives is done in its place. */
  fault: (place: Place) => Fault | undefined = () => undefined
  /** How the octets of replies are sent. */
  send: (peer: Peer, octets: string) => Promise<void> = (peer, octets) => {
    peer.send(octets)
    return Promise.resolve()
  }
  /** Sends what `send` has kept so far: a fault must not overtake the replies before it. */
  flush: () => void = () => undefined
  readonly #offers: readonly string[]
  #tags = 0

  constructor(kind: 'unix' | 'inet', offers: readonly string[]) {
    super(
      kind,
      peer => void this.#serve(peer).catch(() => undefined),
      () => (this.activity += 1),
    )
    this.#offers = offers
  }

  /** The final replies among what was said. */
  get finals(): Said[] {
    return this.said.filter(({ place }) => place.stage === 'final')
  }

  /** Rejects when the connection ends, or when a fault has ended the conversation. */
  async #serve(peer: Peer): Promise<void> {
    await this.#say(peer, { stage: 'greeting', index: 0 }, '220 hop.example LMTP')
    for (;;) {
      const line = await peer.line()
      const verb = line.slice(0, 4).toUpperCase()
      if (verb === 'MAIL') await this.#transaction(peer, line)
      else if (verb === 'LHLO') await this.#say(peer, { stage: 'LHLO', index: 0 }, this.#keywords())
      else if (verb === 'QUIT') this.#quit(peer)
      else if (verb === 'RSET') await this.#say(peer, { stage: 'RSET', index: 0 }, '250 2.0.0 reset')
      else this.#notNow(peer, line)
    }
  }

  #quit(peer: Peer): void {
    peer.send('221 2.0.0 bye\r\n')
    peer.finish()
  }

  #notNow(peer: Peer, line: string): void {
    this.amiss.push(line)
    peer.send(`503 5.5.1 not now: ${line}\r\n`)
  }

  async #transaction(peer: Peer, mail: string): Promise<void> {
    const sender = pathIn(mail)
    const taken = await this.#say(peer, { stage: 'MAIL', index: 0 }, this.fates.mail(sender), sender)
    const accepted: Accepted[] = []
    const times = new Map<string, number>()
    for (let index = 0; ;) {
      const line = await peer.line()
      const verb = line.slice(0, 4).toUpperCase()
      if (verb === 'RCPT') {
        const path = pathIn(line)
        const nth = times.get(path) ?? 0
        times.set(path, nth + 1)
        const answer = taken ? this.fates.rcpt(path, nth, sender) : '503 5.5.1 no MAIL'
        if (await this.#say(peer, { stage: 'RCPT', index }, answer, path)) accepted.push({ path, nth })
        index += 1
      } else if (verb === 'RSET') {
        await this.#say(peer, { stage: 'RSET', index: 0 }, '250 2.0.0 reset')
        return
      } else if (verb === 'DATA' || verb === 'BDAT') {
        const message = await this.#message(peer, line, accepted.length > 0)
        if (message === undefined) return
        this.taken.push(...accepted.map(({ path }) => path))
        return this.#finals(peer, accepted, sender, message)
      } else if (verb === 'QUIT') {
        this.#quit(peer)
        return
      } else this.#notNow(peer, line)
    }
  }

  /** undefined: the command was refused. */
  async #message(peer: Peer, command: string, isAnyone: boolean): Promise<string | undefined> {
    const chunk = chunkSize(command)
    if (!isAnyone) {
      if (chunk !== undefined) this.amiss.push(command)
      if (chunk !== undefined) await peer.octets(chunk)
      await this.#say(peer, { stage: 'DATA', index: 0 }, forNobody)
      return undefined
    }
    if (chunk === undefined && !(await this.#say(peer, { stage: 'DATA', index: 0 }, '354 go on'))) return undefined
    const fault = this.fault({ stage: 'mid-message', index: 0 })
    if (fault !== undefined) {
      peer.stopReading()
      await this.#do(fault, peer, '')
      peer.readOn()
    }
    if (chunk !== undefined) return peer.octets(chunk)
    const stuffed = `\r\n${await untilDot(peer)}`
    return stuffed.replaceAll('\r\n.', '\r\n').slice(2)
  }

  async #finals(peer: Peer, accepted: readonly Accepted[], sender: string, message: string): Promise<void> {
    for (const [index, { path, nth }] of accepted.entries())
      await this.#say(peer, { stage: 'final', index }, this.fates.final(path, nth, sender), path, message)
  }

  /** True if the reply was positive, or would have been. */
  async #say(peer: Peer, place: Place, reply: string, path = '', message = ''): Promise<boolean> {
    this.#tags += 1
    const line = reply.replace('#', `#${this.#tags} <${path}>`)
    const isPositive = /^[23]/.test(line)
    const said: Said = { place, path, line, message }
    const fault = this.fault(place)
    if (fault !== undefined) {
      const done = await this.#do(fault, peer, line, said)
      return isPositive && done !== 'refused'
    }
    // Noted first: the gate may be quicker than the promise.
    this.said.push(said)
    await this.send(peer, `${line}\r\n`)
    return isPositive
  }

  async #do(fault: Fault, peer: Peer, line: string, said?: Said): Promise<Done> {
    this.flush()
    const result = await fault(peer, line, this)
    if (said !== undefined && (result === 'said' || result === 'last word')) this.said.push(said)
    if (result !== 'over' && result !== 'last word') return result
    const rest = await peer.end()
    if (said?.line === forNobody && rest !== '') this.amiss.push(rest)
    throw new Error('over')
  }

  #keywords(): string {
    return ['hop.example', ...this.#offers]
      .map((word, i, all) => `250${i < all.length - 1 ? '-' : ' '}${word}`)
      .join('\r\n')
  }
}

/** Quoted local parts may hold `>`. */
function pathIn(command: string): string {
  return /<((?:[^<>"]|"(?:[^"\\]|\\.)*")*)>/.exec(command)?.[1] ?? ''
}
