/** The next hop of a transcript: it greets by itself, if the transcript wants, and leaves the rest to it. */
import { NextHopListener } from './next-hop.ts'
import type { Peer } from './peer.ts'
import { patiently } from './turns.ts'

export class ScriptedHop extends NextHopListener {
  /** Connections in the order in which the transcript first heard of them. */
  readonly used: Peer[] = []
  readonly #fresh: Peer[]
  readonly #offers: readonly string[] | undefined
  readonly #wake: { all: (() => void)[] }
  #current: Peer | undefined

  /** `offers` are the keywords answered to LHLO; undefined: nothing is answered by itself. */
  constructor(offers: readonly string[] | undefined) {
    const fresh: Peer[] = []
    const wake: { all: (() => void)[] } = { all: [] }
    const stir = () => {
      const all = wake.all
      wake.all = []
      for (const task of all) task()
    }
    const take = (peer: Peer) => {
      if (offers === undefined) fresh.push(peer)
      else
        void greet(peer, offers)
          .then(greeted => greeted && fresh.push(peer))
          .finally(stir)
    }
    super('inet', take, stir)
    this.#fresh = fresh
    this.#offers = offers
    this.#wake = wake
  }

  at(number: number | undefined): Peer {
    const peer = number === undefined ? this.#current : this.used[number - 1]
    if (peer === undefined) throw new Error('the gate has not used this connection')
    this.#current = peer
    return peer
  }

  /** The connection on which the gate says something next, or number `number`. */
  async ready(number: number | undefined): Promise<Peer> {
    const known = number === undefined ? undefined : this.used[number - 1]
    if (known !== undefined || (this.#offers === undefined && number === undefined)) return this.at(number)
    const find = () => {
      const open = number === undefined && this.#current !== undefined ? [this.#current, ...this.used] : []
      return [...open, ...this.#fresh].find(peer => peer.hasLine() && !dismissed(peer))
    }
    return this.#use(await this.#awaited(find, 'anything on a connection'))
  }

  /** The next connection, before anything was said on it. */
  async accept(): Promise<void> {
    this.#use(await this.#awaited(() => this.#fresh[0], 'a connection'))
  }

  #use(peer: Peer): Peer {
    const at = this.#fresh.indexOf(peer)
    if (at >= 0) {
      this.#fresh.splice(at, 1)
      this.used.push(peer)
    }
    this.#current = peer
    return peer
  }

  async #awaited(find: () => Peer | undefined, what: string): Promise<Peer> {
    const search = async (): Promise<Peer> => {
      for (;;) {
        const found = find()
        if (found !== undefined) return found
        await new Promise<void>(resolve => this.#wake.all.push(resolve))
      }
    }
    const unread = () => this.used.map(peer => (peer.ended ? 'ended' : 'open')).join(', ')
    return patiently(search(), () => `next hop: ${what} did not come; connections used: ${unread() || 'none'}`)
  }
}

/** QUIT on a connection is answered by itself: when the gate leaves one is not what transcripts show. */
function dismissed(peer: Peer): boolean {
  if (peer.unread !== 'QUIT\r\n') return false
  peer.drop()
  peer.send('221 2.0.0 bye\r\n')
  peer.finish()
  return true
}

/** Greets and answers LHLO; resolves with false if the gate did not want to stay (as when it only asks what is offered). */
async function greet(peer: Peer, offers: readonly string[]): Promise<boolean> {
  try {
    peer.send('220 hop.example LMTP ready\r\n')
    await peer.line()
    const lines = ['hop.example', ...offers]
    peer.send(lines.map((line, i) => `250${i === lines.length - 1 ? ' ' : '-'}${line}\r\n`).join(''))
    return true
  } catch {
    return false
  }
}
