/** Walks through the parts of a message, from part to part in parts and in messages, and announces its attachments (RFC 2046). */
import { Content } from './content/content.ts'
import { Delimiters } from './delimiters.ts'
import type { Draft, Findings } from './findings.ts'
import { HeaderBlock } from './header/header-block.ts'
import { readPart, type Part } from './part.ts'
import { Splitter, type Line } from './splitter.ts'

/** A part that has begun. `part` is undefined while its header is being read. `from`: offset of its body. */
type Open = {
  /** Its decoded content is a message to be walked through. */
  encodedMessage: boolean
  readonly header: HeaderBlock
  readonly fallback: string
  part: Part | undefined
  delimiters: Delimiters | undefined
  draft: Draft | undefined
  content: Content | undefined
  from: number
}

/** Content of a part that has ended, still to be looked into: in order, since the bounds are those of all together. */
type Ended = { readonly content: Content; readonly encodedMessage: boolean }

export class Walker {
  readonly #findings: Findings
  readonly #depth: number
  readonly #splitter: Splitter
  readonly #open: Open[] = []
  readonly #ended: Ended[] = []
  #stopped = false

  /** `depth`: how deep this message itself lies. */
  constructor(findings: Findings, depth: number) {
    this.#findings = findings
    this.#depth = depth
    this.#splitter = new Splitter(
      {
        inHeader: () => this.#top?.part === undefined && !this.#stopped,
        headerLine: (line, at) => this.#headerLine(line, at),
        overlong: () => this.#tooLong(),
        delimited: () => !this.#stopped && this.#open.some(({ delimiters }) => delimiters !== undefined),
        plausible: (bytes, at) => this.#open.some(({ delimiters }) => delimiters?.plausible(bytes, at) === true),
        delimiter: (line, at) => this.#delimiter(line, at),
        body: bytes => {
          if (!this.#stopped) this.#top?.content?.write(bytes)
        },
      },
      findings.limits.header,
    )
    this.#begin('text/plain')
  }

  /** Resolves when it may have more. */
  async write(piece: Buffer): Promise<void> {
    if (this.#stopped) return
    this.#splitter.write(piece)
    await this.#settle()
    await this.#top?.content?.drained()
  }

  /** Nothing can be learned of what is still to come: too much came, or no part is left that could have a content or further parts. */
  get isDone(): boolean {
    const closed = ({ part, delimiters, draft }: Open) => part && !delimiters && !draft
    return this.#stopped || this.#open.every(closed)
  }

  /** `length` of the whole message, which need not have come if it is done. */
  async end(length: number): Promise<void> {
    this.#splitter.end()
    while (this.#open.length > 0) this.#endTop(length, false)
    await this.#settle()
  }

  get #top(): Open | undefined {
    return this.#open.at(-1)
  }

  #begin(fallback: string): void {
    this.#findings.parts += 1
    if (this.#findings.parts > this.#findings.limits.parts) {
      return this.#stop(`more than ${this.#findings.limits.parts} parts`)
    }
    this.#open.push({
      encodedMessage: false,
      header: new HeaderBlock(this.#findings),
      fallback,
      part: undefined,
      delimiters: undefined,
      draft: undefined,
      content: undefined,
      from: 0,
    })
  }

  #stop(words: string): void {
    this.#findings.unreadable(words)
    this.#stopped = true
  }

  #tooLong(): void {
    this.#stop(`more than ${this.#findings.limits.header} octets of header`)
  }

  #headerLine(line: Line, at: number): void {
    const top = this.#top
    if (top === undefined) return
    const length = line.to - line.from
    this.#findings.header += length + 2
    if (this.#findings.header > this.#findings.limits.header) return this.#tooLong()
    if (length > 0) top.header.line(line)
    else this.#headerEnd(top, at + 2)
  }

  #headerEnd(top: Open, from: number): void {
    const part = readPart(top.header.fields, top.fallback, this.#findings)
    top.part = part
    top.from = from
    if (part.isAttachment) top.draft = this.#findings.attachment(part)
    const tooDeep = this.#depth + this.#open.length >= this.#findings.limits.depth
    if (tooDeep && part.kind !== 'leaf') this.#findings.unreadable('parts nested too deep')
    if (tooDeep || part.kind === 'leaf') this.#expectContent(top, part)
    else if (part.kind === 'multipart') {
      top.delimiters = new Delimiters(part.boundaries, part.types.includes('multipart/digest'))
      const outer = this.#open.flatMap(({ delimiters }) =>
        delimiters === undefined || delimiters === top.delimiters ? [] : [delimiters],
      )
      for (const words of top.delimiters.clashes(outer)) this.#findings.ambiguous(words)
    } else if (part.encodings.some(encoding => encoding !== 'none')) {
      top.encodedMessage = true
      this.#expectContent(top, part)
    } else this.#begin('text/plain')
  }

  #expectContent(top: Open, part: Part): void {
    if (top.draft !== undefined) top.content = new Content(part, top.draft, this.#findings)
  }

  #delimiter(line: string, at: number): boolean {
    const level = this.#levelOf(line)
    const delimiters = this.#open[level]?.delimiters
    if (delimiters === undefined) return false
    while (this.#open.length > level + 1) this.#endTop(at - 2, true)
    if (delimiters.closed) this.#findings.ambiguous('a boundary after the last one')
    if (delimiters.meaning(line) === 'last') delimiters.closed = true
    else this.#begin(delimiters.fallback)
    return true
  }

  /** Of the multipart whose delimiter this is, the innermost first; -1 if it is nobody's. */
  #levelOf(line: string): number {
    const exact = this.#open.findLastIndex(({ delimiters }) => delimiters?.meaning(line) !== undefined)
    if (exact >= 0) return exact
    const loose = this.#open.findLastIndex(({ delimiters }) => delimiters?.isBegunBy(line) === true)
    if (loose >= 0) {
      this.#findings.ambiguous('a boundary with other text after it')
      return loose
    }
    return this.#open.findLastIndex(({ delimiters }) => delimiters?.guess(line) === true)
  }

  /** `end`: offset of the end of its body. */
  #endTop(end: number, delimited: boolean): void {
    const top = this.#top
    if (top !== undefined && top.part === undefined && !this.#stopped) {
      if (delimited && top.header.lines > 0) this.#findings.ambiguous('a part without an empty line after its header')
      this.#headerEnd(top, end)
    }
    const ending = this.#open.pop()
    if (ending === undefined) return
    if (ending.delimiters?.closed === false && !this.#stopped) {
      this.#findings.ambiguous('a multipart without its last boundary')
    }
    const { content, draft, encodedMessage } = ending
    if (content === undefined) {
      if (draft !== undefined) draft.size = Math.max(0, end - ending.from)
    } else if (encodedMessage || content.waits || this.#ended.length > 0) this.#ended.push({ content, encodedMessage })
    else void content.end()
  }

  /** Whatever ended: looked into, one after the other, messages in base64 walked through. */
  async #settle(): Promise<void> {
    for (const { content, encodedMessage } of this.#ended.splice(0)) {
      const readings = await content.end()
      if (!encodedMessage) continue
      for (const reading of readings) {
        const walker = new Walker(this.#findings, this.#depth + this.#open.length + 1)
        await walker.write(reading)
        await walker.end(reading.length)
      }
    }
  }
}
