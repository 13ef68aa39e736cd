/** The content of one attachment: decoded in every way it may be encoded, then looked into. */
import type { Draft, Findings } from '../findings.ts'
import type { Part } from '../part.ts'
import { decoderFor, type Decoder } from './decoders.ts'
import { inspect } from './inspect.ts'
import { measureDoubtful } from './unseen.ts'

export class Content {
  readonly #draft: Draft
  readonly #findings: Findings
  readonly #decoders: readonly Decoder[]

  constructor(part: Part, draft: Draft, findings: Findings) {
    this.#draft = draft
    draft.names = part.allNames
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
    const readings: Buffer[] = []
    for (const decoder of this.#decoders) {
      const content = decoder.end()
      // Waiting for what is there already would cost most of what a tiny part costs.
      readings.push(content instanceof Promise ? await content : content)
    }
    for (const content of readings) {
      this.#draft.size = Math.max(this.#draft.size, content.length)
      inspect(content, this.#draft, this.#findings, 0)
    }
    measureDoubtful(this.#findings)
    return readings
  }
}
