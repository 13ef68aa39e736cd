/** The content of one attachment: decoded in every way it may be encoded, then looked into. */
import type { Draft, Findings } from '../findings.ts'
import { fileNames } from '../header/file-names.ts'
import type { Part } from '../part.ts'
import { AttachmentParser, type OwnFields, type Parsed } from './attachment-parser.ts'
import { Base64Check } from './base64-check.ts'
import { Gathered } from './gathered.ts'
import { inspect } from './inspect.ts'
import { measureDoubtful } from './unseen.ts'
import { QuotedPrintable } from './quoted-printable.ts'

/** Memory is bounded by the size of the message: nothing that is decoded here is longer than what it is decoded from. */
export class Content {
  readonly #part: Part
  readonly #draft: Draft
  readonly #findings: Findings
  readonly #own: OwnFields
  /** Only for what may be base64. */
  readonly #parser: AttachmentParser | undefined
  readonly #plain: Gathered
  readonly #quoted: Gathered
  readonly #quotedPrintable = new QuotedPrintable()
  readonly #check = new Base64Check()

  constructor(part: Part, own: OwnFields, draft: Draft, findings: Findings) {
    this.#part = part
    this.#draft = draft
    this.#findings = findings
    this.#own = own
    if (part.encodings.includes('base64')) this.#parser = new AttachmentParser(own, findings.size)
    this.#plain = new Gathered(findings.size)
    this.#quoted = new Gathered(findings.size)
  }

  write(bytes: Buffer): void {
    for (const encoding of this.#part.encodings) {
      switch (encoding) {
        case 'none':
          this.#plain.add(bytes)
          break
        case 'quoted-printable':
          this.#quoted.add(this.#quotedPrintable.write(bytes))
          break
        case 'base64':
          this.#writeBase64(bytes.toString('latin1').replace(/[\r\n\t ]+/g, ''))
      }
    }
  }

  #writeBase64(text: string): void {
    this.#check.write(text)
    this.#parser?.write(text)
  }

  async drained(): Promise<void> {
    await this.#parser?.drained()
  }

  /** Everything is known of it then. Gives its decoded readings, for whoever follows into them. */
  async end(): Promise<readonly Buffer[]> {
    if (this.#part.encodings.includes('base64')) this.#endBase64()
    const parsed = await (this.#parser?.end() ?? this.#withoutContent())
    if (parsed === undefined) this.#findings.unreadable('a part that could not be decoded')
    for (const name of parsed?.names ?? []) this.#addNames(name)
    const readings = this.#part.encodings.map(encoding => {
      switch (encoding) {
        case 'none':
          return this.#plain.octets()
        case 'quoted-printable':
          this.#quoted.add(this.#quotedPrintable.end())
          return this.#quoted.octets()
        case 'base64':
          return parsed?.content ?? Buffer.alloc(0)
      }
    })
    for (const content of readings) {
      this.#draft.size = Math.max(this.#draft.size, content.length)
      inspect(content, this.#draft, this.#findings, 0)
    }
    measureDoubtful(this.#findings)
    return readings
  }

  /** What mailparser makes of the fields alone. Equal fields have equal names, and a message may have a thousand such parts. */
  #withoutContent(): Promise<Parsed | undefined> {
    const key = JSON.stringify(this.#own)
    const before = this.#findings.parsed.get(key)
    if (before !== undefined) return before
    const parsed = new AttachmentParser(this.#own, 0).end()
    this.#findings.parsed.set(key, parsed)
    return parsed
  }

  #endBase64(): void {
    for (const words of this.#check.end()) this.#findings.ambiguous(words)
  }

  #addNames(name: string): void {
    for (const reading of fileNames(name, this.#findings.limits.name)) this.#draft.names.add(reading)
  }
}
