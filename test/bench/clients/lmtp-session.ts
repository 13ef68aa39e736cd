/** A session that pipelines as Postfix does: MAIL, every RCPT and DATA in one write. */
import { envelopes, type Envelope } from './envelope.ts'
import { LmtpConnection } from './lmtp-connection.ts'
import type { Load } from './load.ts'
import type { Outline } from './outline.ts'
import { write, writeOctets, type Session } from './session.ts'

export class LmtpSession implements Session {
  readonly #connection: LmtpConnection
  readonly #envelope: () => Envelope
  readonly #writes: typeof write

  static async open({ port, protocol, recipients }: Load): Promise<LmtpSession> {
    const connection = await LmtpConnection.open(port, { takesRefusals: false })
    const writes = protocol === 'lmtp octetwise' ? writeOctets : write
    return new LmtpSession(connection, envelopes(recipients), writes)
  }

  private constructor(connection: LmtpConnection, envelope: () => Envelope, writes: typeof write) {
    this.#connection = connection
    this.#envelope = envelope
    this.#writes = writes
  }

  async send(outline: Outline): Promise<void> {
    const { text, count } = this.#envelope()
    const offered = this.#connection.replies(2 + count)
    this.#connection.socket.write(text)
    await offered
    const answered = this.#connection.replies(count)
    await Promise.all([this.#writes(this.#connection.socket, outline, endOf(outline)), answered])
  }

  close(): void {
    this.#connection.socket.destroy()
  }
}

/** The dot counts only between two CRLFs. */
function endOf({ block }: Outline): string {
  return block.at(-2) === carriageReturn ? '.\r\n' : '\r\n.\r\n'
}

const carriageReturn = 13
