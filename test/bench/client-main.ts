/** A client that pipelines as Postfix does, in a process of its own: `client-main.ts '{"port":…}'`; prints its measurement as JSON. */
import { connect, type Socket } from 'node:net'
import type { Load, Measured } from './load.ts'
import { ReplyCounter } from './reply-counter.ts'

/** Large messages are written in blocks of this many octets, as fast as the server takes them. */
const block = 65_536

type Work = { readonly envelope: Buffer; readonly block: Buffer; readonly blocks: number; readonly tail: Buffer }

async function main(load: Load): Promise<Measured> {
  const work = prepare(load)
  const sessions = await Promise.all(Array.from({ length: load.sessions }, () => Session.open(load.port)))
  let left = load.messages
  const start = performance.now()
  await Promise.all(
    sessions.map(async session => {
      while (left > 0) {
        left -= 1
        await session.transaction(work, load.recipients)
      }
    }),
  )
  const seconds = (performance.now() - start) / 1000
  for (const session of sessions) session.close()
  return { messages: load.messages, seconds }
}

/** All that goes out is made once; the message differs in nothing. */
function prepare({ recipients, size }: Load): Work {
  const rcpts = Array.from({ length: recipients }, (_, i) => `RCPT TO:<u${i}@example.test>\r\n`).join('')
  const header = 'From: <x@sender.test>\r\nTo: <u0@example.test>\r\nSubject: bench\r\n\r\n'
  const line = `${'X'.repeat(78)}\r\n`
  const body = Buffer.from(header + line.repeat(Math.ceil(Math.min(size, block) / line.length)), 'latin1')
  const whole = body.subarray(0, Math.min(size, block) - 2)
  const piece = Buffer.concat([whole, Buffer.from('\r\n')])
  const blocks = Math.max(1, Math.round(size / piece.length))
  return {
    envelope: Buffer.from(`MAIL FROM:<x@sender.test>\r\n${rcpts}DATA\r\n`),
    block: piece,
    blocks,
    tail: blocks === 1 ? Buffer.concat([piece, Buffer.from('.\r\n')]) : Buffer.from('.\r\n'),
  }
}

class Session {
  readonly #socket: Socket
  readonly #counter = new ReplyCounter()
  #awaited = 0
  #resolve: () => void = () => undefined

  static async open(port: number): Promise<Session> {
    const session = new Session(connect({ port, host: '127.0.0.1', noDelay: true }))
    await session.#replies(1)
    session.#socket.write('LHLO bench.test\r\n')
    await session.#replies(1)
    return session
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', chunk => {
      this.#awaited -= this.#counter.count(chunk)
      if (this.#awaited < 0) throw new Error('a reply too many')
      if (this.#awaited === 0) this.#resolve()
    })
    socket.on('close', () => {
      if (this.#awaited > 0) throw new Error(`connection closed, ${this.#awaited} replies missing`)
    })
  }

  async transaction(work: Work, recipients: number): Promise<void> {
    this.#socket.write(work.envelope)
    await this.#replies(2 + recipients)
    const answered = this.#replies(recipients)
    if (work.blocks > 1) await this.#stream(work)
    this.#socket.write(work.tail)
    await answered
  }

  close(): void {
    this.#socket.destroy()
  }

  async #stream(work: Work): Promise<void> {
    for (let i = 0; i < work.blocks; i++) {
      if (!this.#socket.write(work.block)) await new Promise<void>(resolve => this.#socket.once('drain', resolve))
    }
  }

  #replies(count: number): Promise<void> {
    this.#awaited = count
    return new Promise(resolve => {
      this.#resolve = resolve
    })
  }
}

const measured = await main(JSON.parse(process.argv[2] ?? '') as Load)
process.stdout.write(JSON.stringify(measured))
