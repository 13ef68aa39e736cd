/** A session that pipelines as Postfix does: MAIL, every RCPT and DATA in one write. */
import { connect, type Socket } from 'node:net'
import { localPart, type Load } from './load.ts'
import type { Outline } from './outline.ts'
import { ReplyCounter } from './reply-counter.ts'
import { write, type Session } from './session.ts'

export class LmtpSession implements Session {
  readonly #socket: Socket
  readonly #envelope: Buffer
  readonly #recipients: number
  readonly #counter = new ReplyCounter()
  #awaited = 0
  #resolve: () => void = () => undefined
  #reject: (error: Error) => void = () => undefined

  static async open(load: Load): Promise<LmtpSession> {
    const session = new LmtpSession(load)
    await session.#replies(1)
    session.#socket.write('LHLO bench.test\r\n')
    await session.#replies(1)
    return session
  }

  private constructor({ port, recipients, domain }: Load) {
    this.#recipients = recipients
    this.#envelope = envelopeOf(recipients, domain)
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', chunk => this.#receive(chunk))
    this.#socket.on('error', error => this.#reject(error))
    this.#socket.on('close', () => this.#reject(new Error(`connection closed, ${this.#awaited} replies missing`)))
  }

  async send(outline: Outline): Promise<void> {
    const offered = this.#replies(2 + this.#recipients)
    this.#socket.write(this.#envelope)
    await offered
    const answered = this.#replies(this.#recipients)
    await Promise.all([write(this.#socket, outline, '.\r\n'), answered])
  }

  close(): void {
    this.#socket.destroy()
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

  #replies(count: number): Promise<void> {
    this.#awaited = count
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }
}

function envelopeOf(recipients: number, domain: string): Buffer {
  const rcpts = Array.from({ length: recipients }, (_, i) => `RCPT TO:<${localPart(i + 1)}@${domain}>\r\n`)
  return Buffer.from(`MAIL FROM:<x@sender.test>\r\n${rcpts.join('')}DATA\r\n`)
}
