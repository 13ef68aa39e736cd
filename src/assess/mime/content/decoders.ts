/** Decodes the content of a part, in one way that its encoding can be understood. */
import type { Findings } from '../findings.ts'
import type { Encoding } from '../header/encodings.ts'
import { AttachmentParser } from './attachment-parser.ts'
import { decodedBase64 } from './base64.ts'
import { Base64Check } from './base64-check.ts'
import { Gathered } from './gathered.ts'
import { QuotedPrintable } from './quoted-printable.ts'

/** Memory is bounded by the size of the message: nothing that is decoded here is longer than what it is decoded from. */
export type Decoder = {
  /** Whether its end has to be waited for. */
  readonly waits: boolean
  write(bytes: Buffer): void
  /** Until it takes more; undefined if it does. */
  drained(): Promise<void> | undefined
  end(): Promise<Buffer> | Buffer
}

/** Characters of base64 that are decoded at once. What is longer goes to mailparser, whose many streams are too much for a thousand small parts. */
const short = 65_536

export function decoderFor(encoding: Encoding, findings: Findings): Decoder {
  switch (encoding) {
    case 'none':
      return new Plain(findings)
    case 'quoted-printable':
      return new Quoted(findings)
    case 'base64':
      return new Base64(findings)
  }
}

class Plain implements Decoder {
  readonly waits = false
  readonly #content: Gathered

  constructor({ size }: Findings) {
    this.#content = new Gathered(size)
  }

  write(bytes: Buffer): void {
    this.#content.add(bytes)
  }

  drained(): undefined {
    return undefined
  }

  end(): Buffer {
    return this.#content.octets()
  }
}

class Quoted implements Decoder {
  readonly waits = false
  readonly #content: Gathered
  readonly #quotedPrintable = new QuotedPrintable()

  constructor({ size }: Findings) {
    this.#content = new Gathered(size)
  }

  write(bytes: Buffer): void {
    this.#content.add(this.#quotedPrintable.write(bytes))
  }

  drained(): undefined {
    return undefined
  }

  end(): Buffer {
    this.#content.add(this.#quotedPrintable.end())
    return this.#content.octets()
  }
}

class Base64 implements Decoder {
  readonly #findings: Findings
  readonly #check = new Base64Check()
  /** While it is short. */
  #text = ''
  #parser: AttachmentParser | undefined

  constructor(findings: Findings) {
    this.#findings = findings
  }

  get waits(): boolean {
    return this.#parser !== undefined
  }

  write(bytes: Buffer): void {
    const text = bytes.toString('latin1').replace(/[\r\n\t ]+/g, '')
    if (text === '') return
    this.#check.write(text)
    this.#text += text
    if (this.#parser === undefined && this.#text.length <= short) return
    this.#parser ??= new AttachmentParser(this.#findings.size)
    this.#parser.write(this.#text)
    this.#text = ''
  }

  drained(): Promise<void> | undefined {
    return this.#parser?.drained()
  }

  end(): Promise<Buffer> | Buffer {
    for (const words of this.#check.end()) this.#findings.ambiguous(words)
    return this.#parser === undefined ? decodedBase64(this.#text) : this.#decodedBy(this.#parser)
  }

  async #decodedBy(parser: AttachmentParser): Promise<Buffer> {
    const content = await parser.end()
    if (content === undefined) this.#findings.unreadable('a part that could not be decoded')
    return content ?? Buffer.alloc(0)
  }
}
