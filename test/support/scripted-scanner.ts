/** A scanner of a transcript: it speaks clamd's or rspamd's protocol, answers by itself what the gate asks at its start, and leaves the scans to the transcript. */
import { endpointText } from '../../src/deliver/endpoint.ts'
import { NextHopListener } from './next-hop.ts'
import type { Peer } from './peer.ts'
import { patiently } from './turns.ts'

export type ScannerName = 'clamd' | 'rspamd'

/** A message that came to be scanned, latin1; `profile`: rspamd's Settings-Id, '' for none. */
export type AskedScan = { readonly peer: Peer; readonly message: string; readonly profile: string }

export class ScriptedScanner extends NextHopListener {
  readonly name: ScannerName
  readonly #fresh: AskedScan[]
  readonly #wake: { task: () => void }
  #current: AskedScan | undefined

  constructor(name: ScannerName) {
    const fresh: AskedScan[] = []
    const wake = { task: () => {} }
    super('inet', peer => {
      const asked = name === 'clamd' ? clamdScan(peer) : rspamdScan(peer)
      // A connection that ends before the message does is no scan.
      void asked.then(
        scan => {
          if (scan === undefined) return
          fresh.push(scan)
          wake.task()
        },
        () => undefined,
      )
    })
    this.name = name
    this.#fresh = fresh
    this.#wake = wake
  }

  /** As lmtp-gate.yaml names it. */
  get place(): string {
    const text = endpointText(this.endpoint)
    return this.name === 'rspamd' ? text.replace('inet:', 'http://') : text
  }

  /** Scans that nobody has taken yet and that the gate still waits for. */
  get waiting(): number {
    return this.#fresh.filter(({ peer }) => !peer.ended).length
  }

  get current(): AskedScan {
    if (this.#current === undefined) throw new Error(`${this.name} has not been asked`)
    return this.#current
  }

  /** The next scan with this profile; undefined: with any. */
  async next(profile: string | undefined): Promise<AskedScan> {
    const find = () => this.#fresh.findIndex(scan => profile === undefined || scan.profile === profile)
    const search = async () => {
      while (find() < 0) await new Promise<void>(resolve => (this.#wake.task = resolve))
    }
    await patiently(search(), () => `${this.name} is not asked`)
    const [scan] = this.#fresh.splice(find(), 1)
    if (scan === undefined) throw new Error('two wait for one scan')
    this.#current = scan
    return scan
  }

  /** `stream: OK` for clamd, cut short if it ends in a backslash; `7.5 SYMBOL OTHER(option)` or `HTTP 500` for rspamd. */
  answer(words: string): void {
    const { peer } = this.current
    if (this.name === 'rspamd') peer.send(httpAnswer(words))
    else peer.send(words.endsWith('\\') ? words.slice(0, -1) : `${words}\0`)
  }
}

/** Undefined for what the gate asks at its start. */
async function clamdScan(peer: Peer): Promise<AskedScan | undefined> {
  const command = await peer.until('\0')
  if (command === 'zVERSION\0') {
    peer.send('ClamAV 1.4.6/27000/Sun\0')
    return undefined
  }
  const message = await peer.octets(await length(peer))
  if (message !== '') await peer.octets(4)
  if (!message.startsWith('\x1f\x8b')) return { peer, message, profile: '' }
  peer.send('stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND\0')
  return undefined
}

async function length(peer: Peer): Promise<number> {
  return Buffer.from(await peer.octets(4), 'latin1').readUInt32BE()
}

async function rspamdScan(peer: Peer): Promise<AskedScan | undefined> {
  const head = await peer.until('\r\n\r\n')
  const field = (name: string) => new RegExp(`^${name}: (.*)\r$`, 'im').exec(head)?.[1] ?? ''
  if (head.startsWith('GET /ping ')) {
    peer.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npong\r\n')
    return undefined
  }
  return { peer, message: await peer.octets(Number(field('Content-Length'))), profile: field('Settings-Id') }
}

function httpAnswer(words: string): string {
  const status = /^HTTP (\d{3})$/.exec(words)?.[1]
  const body = status === undefined ? report(words) : ''
  return `HTTP/1.1 ${status ?? 200} x\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

function report(words: string): string {
  const [score, ...symbols] = words.split(' ')
  const named = symbols.map(symbol => /^(\w+)(?:\((.*)\))?$/.exec(symbol)?.slice(1) ?? [])
  const entries = named.map(([name = '', option]) => [name, { options: option === undefined ? [] : [option] }])
  return JSON.stringify({ score: Number(score), action: 'no action', symbols: Object.fromEntries(entries) as unknown })
}
