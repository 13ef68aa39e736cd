/** A connection on which commands are written and replies are counted. */
import { connect, type Socket } from 'node:net'
import { ReplyCounter } from './reply-counter.ts'

export class LmtpConnection {
  readonly socket: Socket
  readonly #counter: ReplyCounter
  #awaited = 0
  #resolve: () => void = () => undefined
  #reject: (error: Error) => void = () => undefined

  /** Resolves when LHLO is answered. */
  static async open(port: number, options: { readonly takesRefusals: boolean }): Promise<LmtpConnection> {
    const connection = new LmtpConnection(port, options)
    await connection.replies(1)
    const answered = connection.replies(1)
    connection.socket.write('LHLO bench.test\r\n')
    await answered
    return connection
  }

  private constructor(port: number, options: { readonly takesRefusals: boolean }) {
    this.#counter = new ReplyCounter(options)
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('data', chunk => this.#receive(chunk))
    this.socket.on('error', error => this.#reject(error))
    this.socket.on('close', () => this.#reject(new Error(`connection closed, ${this.#awaited} replies missing`)))
  }

  /** Call it before what is to be answered is written. Rejects for what is refused, and if the connection ends before. */
  replies(count: number): Promise<void> {
    this.#awaited = count
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  #receive(chunk: Buffer): void {
    try {
      this.#awaited -= this.#counter.count(chunk)
      if (this.#awaited < 0) throw new Error('a reply too many')
      if (this.#awaited === 0) this.#resolve()
    } catch (error) {
      this.#reject(error instanceof Error ? error : new Error(String(error)))
    }
  }
}
