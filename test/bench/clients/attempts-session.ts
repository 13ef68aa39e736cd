/** A session that only tries recipients, some hundred at a time: MAIL, RCPTs, whatever the answers are, and RSET. */
import { mail, paths, rcpt } from './envelope.ts'
import { LmtpConnection } from './lmtp-connection.ts'
import type { Load } from './load.ts'
import type { Session } from './session.ts'

const batch = 500

/** Commands in one write, and how many they are. */
type Piece = { readonly text: string; readonly count: number }

export class AttemptsSession implements Session {
  readonly #connection: LmtpConnection
  readonly #pieces: readonly Piece[]

  static async open({ port, recipients }: Load): Promise<AttemptsSession> {
    const connection = await LmtpConnection.open(port, { takesRefusals: true })
    const rcpts = recipients.kind === 'same' ? paths(recipients).map(rcpt) : []
    const pieces = [{ text: mail, count: 1 }]
    for (let i = 0; i < rcpts.length; i += batch) {
      const some = rcpts.slice(i, i + batch)
      pieces.push({ text: some.join(''), count: some.length })
    }
    return new AttemptsSession(connection, [...pieces, { text: 'RSET\r\n', count: 1 }])
  }

  private constructor(connection: LmtpConnection, pieces: readonly Piece[]) {
    this.#connection = connection
    this.#pieces = pieces
  }

  async send(): Promise<void> {
    for (const { text, count } of this.#pieces) {
      const answered = this.#connection.replies(count)
      this.#connection.socket.write(text)
      await answered
    }
  }

  close(): void {
    this.#connection.socket.destroy()
  }
}
