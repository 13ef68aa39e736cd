/** What a server sends, taken line by line or octet by octet. */
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import type { Place } from './site.ts'

export class ByteReader {
  readonly socket: Socket
  #chunks: Buffer[] = []
  #length = 0
  #ended = false
  #wake: () => void = () => undefined

  static async connect(place: Place): Promise<ByteReader> {
    const socket = connect(typeof place === 'number' ? { port: place, host: '127.0.0.1' } : { path: place })
    socket.setNoDelay(true)
    await once(socket, 'connect')
    return new ByteReader(socket)
  }

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', chunk => {
      this.#chunks.push(chunk)
      this.#length += chunk.length
      this.#wake()
    })
    const end = (): void => {
      this.#ended = true
      this.#wake()
    }
    socket.on('error', end)
    socket.on('close', end)
  }

  /** The next line without its CRLF, or undefined when the server has closed the connection. */
  async line(): Promise<string | undefined> {
    for (let searched = 0; ;) {
      const seen = this.#gathered()
      const end = seen.indexOf('\r\n', Math.max(0, searched - 1))
      if (end >= 0) return this.#take(end + 2).toString('latin1', 0, end)
      searched = seen.length
      if (this.#ended) return undefined
      await this.#more()
    }
  }

  /** Exactly that many octets. */
  async octets(count: number): Promise<Buffer> {
    while (this.#length < count) {
      if (this.#ended) throw new Error(`${this.#length} of ${count} octets, then the connection was closed`)
      await this.#more()
    }
    return this.#take(count)
  }

  #more(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  #gathered(): Buffer {
    const [only] = this.#chunks
    if (only !== undefined && this.#chunks.length === 1) return only
    const all = Buffer.concat(this.#chunks)
    this.#chunks = [all]
    return all
  }

  #take(count: number): Buffer {
    const all = this.#gathered()
    this.#chunks = [all.subarray(count)]
    this.#length -= count
    return all.subarray(0, count)
  }
}
