/** A client of the gate to whom no octet is forbidden. */
import { connect } from 'node:net'
import type { Endpoint } from '../../src/deliver/endpoint.ts'
import { later } from './cleanup.ts'
import { Peer } from './peer.ts'
import { patiently } from './turns.ts'

/** A reply as it stood on the wire, line by line, without CRLF. */
export type WireReply = { readonly code: number; readonly lines: readonly string[] }

export class Client {
  readonly peer: Peer

  private constructor(peer: Peer) {
    this.peer = peer
  }

  static async connect(endpoint: Endpoint, activity?: () => void): Promise<Client> {
    const socket = connect(
      endpoint.kind === 'unix' ? { path: endpoint.path } : { host: endpoint.host, port: endpoint.port },
    )
    const peer = new Peer(socket, 'client', activity)
    later(() => peer.close())
    const connected = new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    await patiently(connected, () => 'the gate does not take the connection')
    return new Client(peer)
  }

  /** Connects and says LHLO. */
  static async greet(endpoint: Endpoint): Promise<Client> {
    const client = await Client.connect(endpoint)
    await client.expect(220)
    client.say('LHLO client.example')
    await client.expect(250)
    return client
  }

  /** Sends the lines in one write. */
  say(...lines: readonly string[]): void {
    this.peer.send(lines.map(line => `${line}\r\n`).join(''))
  }

  /** The next reply, of however many lines (RFC 5321 §4.2.1). Throws if its lines do not belong together. */
  async reply(): Promise<WireReply> {
    const lines: string[] = []
    for (;;) {
      const line = await this.peer.line()
      lines.push(line)
      const form = /^([2-5]\d\d)([- ])/.exec(line)
      if (form === null || form[1] !== lines[0]?.slice(0, 3)) throw new Error(`no reply: ${lines.join(' | ')}`)
      if (line.length > 510) throw new Error(`a line of ${line.length} octets: ${line}`)
      if (form[2] === ' ') return { code: Number(form[1]), lines }
    }
  }

  async expect(code: number): Promise<WireReply> {
    const reply = await this.reply()
    if (reply.code !== code) throw new Error(`${code} expected, but got ${reply.lines.join(' | ')}`)
    return reply
  }

  async replies(count: number): Promise<WireReply[]> {
    const all: WireReply[] = []
    for (let i = 0; i < count; i += 1) all.push(await this.reply())
    return all
  }

  /** Says the line and takes its reply. */
  async ask(line: string): Promise<WireReply> {
    this.say(line)
    return this.reply()
  }
}
