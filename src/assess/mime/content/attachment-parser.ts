/**
 * mailparser, the only place that knows it: decodes base64. It gets one part at a time, as a message of its own with no fields but these, because it
 * keeps only one of repeated fields, hides parts that are text, and does not look into messages in messages.
 */
import { MailParser, type AttachmentStream, type MessageText } from 'mailparser'
import { Gathered } from './gathered.ts'

const header = Buffer.from('Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n')

export class AttachmentParser {
  readonly #parser = new MailParser({
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
    skipTextLinks: true,
  })
  readonly #content: Gathered
  readonly #ended: Promise<boolean>
  #full = false

  /** `most`: octets that it can have. */
  constructor(most: number) {
    this.#content = new Gathered(most)
    this.#ended = new Promise(resolve => {
      this.#parser.once('end', () => resolve(true))
      this.#parser.on('error', () => resolve(false))
      this.#parser.once('close', () => resolve(false))
    })
    this.#parser.on('data', (data: AttachmentStream | MessageText) => {
      if (data.type === 'attachment') this.#take(data)
    })
    this.#parser.write(header)
  }

  /** Base64 without blanks and line ends: mailparser is a hundred times slower on short lines. */
  write(text: string): void {
    this.#full = !this.#parser.write(Buffer.from(text, 'latin1'))
  }

  /** Until it takes more; at once if it does. */
  async drained(): Promise<void> {
    if (!this.#full) return
    await Promise.race([new Promise<void>(resolve => this.#parser.once('drain', () => resolve())), this.#ended])
    this.#full = false
  }

  /** Undefined if it could not make anything of the part. */
  async end(): Promise<Buffer | undefined> {
    this.#parser.end()
    return (await this.#ended) ? this.#content.octets() : undefined
  }

  #take(attachment: AttachmentStream): void {
    const { content } = attachment
    content.on('data', (chunk: Buffer) => this.#content.add(chunk))
    content.once('end', () => attachment.release())
    content.on('error', () => attachment.release())
  }
}
