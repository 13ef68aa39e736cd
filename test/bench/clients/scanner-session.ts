/** Straight at a scanner, a connection for each message: what the scanner can do with nobody in between. */
import { request } from 'node:http'
import { connect } from 'node:net'
import { nextHead, type Outline } from './outline.ts'
import { write, type Session } from './session.ts'

/** clamd's INSTREAM, the message as one chunk. */
export class InstreamSession implements Session {
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  async send(outline: Outline): Promise<void> {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    const answered = new Promise<string>((resolve, reject) => {
      let reply = ''
      socket.on('data', chunk => (reply += chunk.toString('latin1')))
      socket.on('end', () => resolve(reply))
      socket.on('error', reject)
    })
    const head = Buffer.from('zINSTREAM\0....', 'latin1')
    head.writeUInt32BE(outline.octets, head.length - 4)
    socket.write(head)
    const [reply] = await Promise.all([answered, write(socket, outline, Buffer.alloc(4))])
    if (reply !== 'stream: OK\0') throw new Error(`clamd said ${reply}`)
  }

  close(): void {
    // Every connection ends with its message.
  }
}

/** rspamd's `/checkv2`. */
export class Checkv2Session implements Session {
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  async send({ opening, block, blocks, octets }: Outline): Promise<void> {
    const headers = { 'Content-Length': octets, From: '<x@sender.test>', Rcpt: '<u@example.test>', Pass: 'all' }
    const place = { port: this.#port, host: '127.0.0.1', method: 'POST', path: '/checkv2' }
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const posted = request({ ...place, headers, agent: false }, response => {
        response.resume()
        response.on('end', () => resolve(response.statusCode))
      })
      posted.on('error', reject)
      posted.write(nextHead(), 'latin1')
      posted.write(opening)
      for (let i = 0; i < blocks; i++) posted.write(block)
      posted.end()
    })
    if (status !== 200) throw new Error(`rspamd answered ${status ?? 'nothing'}`)
  }

  close(): void {
    // Every connection ends with its message.
  }
}
