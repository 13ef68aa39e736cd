/**
 * mailparser, the only place that knows it: decodes base64, and says how it reads the name of a part. It gets one part at a time, as a message of its
 * own with no fields but those of the part's content, because it keeps only one of repeated fields, hides parts that are text, and does not look
 * into messages in messages.
 */
import { MailParser, type AttachmentStream, type MessageText } from 'mailparser'
import { Gathered } from './gathered.ts'

/** Octets of a part's own fields that it is given: its time grows faster than their length. */
const maxFields = 16_384

/** Bodies of a part's Content-Type and Content-Disposition fields, latin1, for the second reader of its names. */
export type OwnFields = { readonly types: readonly string[]; readonly dispositions: readonly string[] }

/** `content` is what base64 decodes to. `names` as mailparser reads them, perhaps none. */
export type Parsed = { readonly content: Buffer; readonly names: readonly string[] }

export class AttachmentParser {
  readonly #parser = new MailParser({
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
    skipTextLinks: true,
  })
  readonly #content: Gathered
  readonly #names: string[] = []
  readonly #ended: Promise<boolean>
  #full = false

  /** `most`: octets that it can have. */
  constructor({ types, dispositions }: OwnFields, most: number) {
    this.#content = new Gathered(most)
    this.#ended = new Promise(resolve => {
      this.#parser.once('end', () => resolve(true))
      this.#parser.on('error', () => resolve(false))
      this.#parser.once('close', () => resolve(false))
    })
    this.#parser.on('data', (data: AttachmentStream | MessageText) => {
      if (data.type === 'attachment') this.#take(data)
    })
    const own = [
      ...dispositions.map(body => `Content-Disposition:${body}\r\n`),
      ...types.map(body => `Content-Type:${body}\r\n`),
    ].join('')
    // The first field of a name decides how the part is treated, the last how mailparser reads its parameters.
    const header = `Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n${fit(own)}\r\n`
    this.#parser.write(Buffer.from(header, 'latin1'))
  }

  /** Base64 without blanks and line ends: mailparser is a hundred times slower on short lines. */
  write(text: string): void {
    if (text !== '') this.#full = !this.#parser.write(Buffer.from(text, 'latin1'))
  }

  /** Until it takes more; at once if it does. */
  async drained(): Promise<void> {
    if (!this.#full) return
    await Promise.race([new Promise<void>(resolve => this.#parser.once('drain', () => resolve())), this.#ended])
    this.#full = false
  }

  /** Undefined if it could not make anything of the part. */
  async end(): Promise<Parsed | undefined> {
    this.#parser.end()
    if (!(await this.#ended)) return undefined
    return { content: this.#content.octets(), names: this.#names }
  }

  #take(attachment: AttachmentStream): void {
    if (typeof attachment.filename === 'string') this.#names.push(attachment.filename)
    const type: unknown = attachment.headers.get('content-type')
    if (typeof type === 'object' && type !== null && 'params' in type) {
      const { name } = type.params as Record<string, unknown>
      if (typeof name === 'string') this.#names.push(name)
    }
    const { content } = attachment
    content.on('data', (chunk: Buffer) => this.#content.add(chunk))
    content.once('end', () => attachment.release())
    content.on('error', () => attachment.release())
  }
}

function fit(fields: string): string {
  return fields.length > maxFields || /[\0\r\n]/.test(fields.replaceAll('\r\n', '')) ? '' : fields
}
