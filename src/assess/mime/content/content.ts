/** The content of one attachment: decoded in every way it may be encoded, then looked into. */
import type { Draft, Findings } from '../findings.ts'
import type { Part } from '../part.ts'
import { decoderFor, type Decoder } from './decoders.ts'
import { inspect } from './inspect.ts'
import { measureDoubtful } from './unseen.ts'

export class Content {
  readonly #part: Part
  readonly #draft: Draft
  readonly #findings: Findings
  readonly #decoders: readonly Decoder[]

  constructor(part: Part, draft: Draft, findings: Findings) {
    this.#part = part
    this.#draft = draft
    this.#findings = findings
    this.#decoders = part.encodings.map(encoding => decoderFor(encoding, findings))
  }

  write(bytes: Buffer): void {
    for (const decoder of this.#decoders) decoder.write(bytes)
  }

  async drained(): Promise<void> {
    for (const decoder of this.#decoders) await decoder.drained()
  }

  /** Everything is known of it then. Gives its decoded readings, for whoever follows into them. */
  async end(): Promise<readonly Buffer[]> {
    for (const name of this.#part.secondNames) this.#draft.names.add(name)
    const readings: Buffer[] = []
    for (const decoder of this.#decoders) readings.push(await decoder.end())
    for (const content of readings) {
      this.#draft.size = Math.max(this.#draft.size, content.length)
      inspect(content, this.#draft, this.#findings, 0)
    }
    measureDoubtful(this.#findings)
    return readings
  }
}
