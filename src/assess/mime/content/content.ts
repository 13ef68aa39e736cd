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

  /** Whether its end has to be waited for. */
  get waits(): boolean {
    return this.#decoders.some(decoder => decoder.waits)
  }

  /** Everything is known of it then. Gives its decoded readings, for whoever follows into them. */
  end(): readonly Buffer[] | Promise<readonly Buffer[]> {
    const readings = this.#decoders.map(decoder => decoder.end())
    if (readings.every((reading): reading is Buffer => Buffer.isBuffer(reading))) return this.#lookInto(readings)
    return Promise.all(readings.map(reading => Promise.resolve(reading))).then(all => this.#lookInto(all))
  }

  #lookInto(readings: readonly Buffer[]): readonly Buffer[] {
    for (const content of readings) {
      this.#draft.size = Math.max(this.#draft.size, content.length)
      inspect(content, this.#draft, this.#findings, 0)
    }
    measureDoubtful(this.#findings)
    return readings
  }
}
