/** A plain SMTP or LMTP client that sends exactly the octets it is given. */
import { ByteReader } from './byte-reader.ts'
import type { Place } from './site.ts'

/** As on the wire: `text` is everything behind the code of the last line. */
export type WireReply = { readonly code: number; readonly text: string; readonly lines: readonly string[] }

export type Submission = { readonly from: string; readonly to: readonly string[]; readonly message: Buffer | string }

export class MailClient {
  readonly #reader: ByteReader
  /** What the server offered in its reply to EHLO or LHLO. */
  offered: readonly string[] = []

  static async open(place: Place, verb: 'EHLO' | 'LHLO'): Promise<MailClient> {
    const client = new MailClient(await ByteReader.connect(place))
    await client.reply()
    const greeting = await client.command(`${verb} client.example.test`)
    client.offered = greeting.lines.slice(1)
    return client
  }

  private constructor(reader: ByteReader) {
    this.#reader = reader
  }

  /** Text is latin1: one character, one octet. */
  send(octets: string | Buffer): void {
    this.#reader.socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
  }

  async reply(): Promise<WireReply> {
    const lines: string[] = []
    for (;;) {
      const line = await this.#reader.line()
      if (line === undefined) throw new Error(`the server closed the connection; last lines: ${lines.join(' / ')}`)
      lines.push(line.slice(4))
      if (line[3] !== '-') return { code: Number(line.slice(0, 3)), text: line.slice(4), lines }
    }
  }

  async replies(count: number): Promise<readonly WireReply[]> {
    const all: WireReply[] = []
    while (all.length < count) all.push(await this.reply())
    return all
  }

  command(line: string): Promise<WireReply> {
    this.send(`${line}\r\n`)
    return this.reply()
  }

  /** MAIL and every RCPT in one write; gives the replies to the RCPTs. Throws if MAIL is refused. */
  async envelope(from: string, to: readonly string[], parameters = ''): Promise<readonly WireReply[]> {
    this.send(`MAIL FROM:<${from}>${parameters}\r\n${to.map(path => `RCPT TO:<${path}>\r\n`).join('')}`)
    const mail = await this.reply()
    if (mail.code !== 250) throw new Error(`MAIL: ${mail.code} ${mail.text}`)
    return this.replies(to.length)
  }

  /** The message with DATA, its dots doubled; gives `count` final replies. */
  async data(message: Buffer | string, count: number): Promise<readonly WireReply[]> {
    const go = await this.command('DATA')
    if (go.code !== 354) throw new Error(`DATA: ${go.code} ${go.text}`)
    const text = typeof message === 'string' ? message : message.toString('latin1')
    this.send(text.replace(/^\./gm, '..'))
    this.send('.\r\n')
    return this.replies(count)
  }

  /** Hands a message to Postfix and gives its queue id. Throws if any recipient is refused. */
  async submit(submission: Submission): Promise<string> {
    const answers = await this.envelope(submission.from, submission.to)
    const refused = answers.find(answer => answer.code !== 250)
    if (refused !== undefined) throw new Error(`RCPT: ${refused.code} ${refused.text}`)
    const [final] = await this.data(submission.message, 1)
    const id = /queued as (\w+)/.exec(final!.text)?.[1]
    if (id === undefined) throw new Error(`not queued: ${final!.code} ${final!.text}`)
    return id
  }

  async quit(): Promise<void> {
    await this.command('QUIT')
    this.#reader.socket.destroy()
  }

  /** Hangs up without a word. */
  close(): void {
    this.#reader.socket.destroy()
  }
}
