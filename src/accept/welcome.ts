/** What each session is told first. It is made once: some clients come with a new connection for every message. */
import { prepared, reply } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { Offers } from './receiver.ts'
import { xforwardAttributes } from './xforward.ts'

export class Welcome {
  readonly greeting: Reply
  readonly #name: string
  readonly #largest: number
  #offers: Offers | undefined
  #lhlo: Reply | undefined

  /** `name`: our host name; `largest`: the largest message, in octets. */
  constructor(name: string, largest: number) {
    this.#name = name
    this.#largest = largest
    this.greeting = prepared(reply(220, undefined, `${name} LMTP ready`))
  }

  /** The answer to LHLO. */
  lhlo(offers: Offers): Reply {
    if (this.#lhlo === undefined || !areSame(offers, this.#offers)) {
      this.#offers = offers
      this.#lhlo = prepared(this.#answer(offers))
    }
    return this.#lhlo
  }

  #answer(offers: Offers): Reply {
    const lines = [
      this.#name,
      'PIPELINING',
      'ENHANCEDSTATUSCODES',
      `SIZE ${this.#largest}`,
      'CHUNKING',
      ...(offers.eightBitMime ? ['8BITMIME'] : []),
      ...(offers.smtputf8 ? ['SMTPUTF8'] : []),
      ...(offers.dsn ? ['DSN'] : []),
      `XFORWARD ${xforwardAttributes}`,
    ]
    return { code: 250, enhanced: undefined, lines }
  }
}

function areSame(a: Offers, b: Offers | undefined): boolean {
  return a.eightBitMime === b?.eightBitMime && a.smtputf8 === b.smtputf8 && a.dsn === b.dsn
}
