/** Makes message bytes fit for DATA (RFC 5321 §4.5.2), in pieces of any size. */

const dot = 0x2e
const lf = 0x0a
const cr = 0x0d
const lineStartDot = Buffer.from('\n.')
/** Octets behind one dot that are looked at one by one: where a message has many, a search and a copy for each would take ten times as long. */
const near = 1024

/**
 * A dot is doubled after *every* LF, not only after CRLF: Dovecot takes LF.LF for the end of the message, so nothing else would keep
 * the message from ending itself.
 */
export class DotStuffing {
  #last = lf
  #lastButOne = cr

  /** The bytes to send for `piece`; the piece itself if there is nothing to double. `isDotless`: that is known. */
  encode(piece: Uint8Array, isDotless = false): Uint8Array {
    if (piece.length === 0) return piece
    const input = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
    const leading = this.#last === lf && input[0] === dot
    this.#lastButOne = input[input.length - 2] ?? this.#last
    this.#last = input[input.length - 1] ?? this.#last
    if (isDotless) return piece
    // The search for a dot alone is over at once in nearly every text, and fast where there are only line ends.
    const first = input.includes(dot) ? input.indexOf(lineStartDot) : -1
    if (first < 0) return leading ? Buffer.concat([Buffer.of(dot), input]) : piece
    return stuff(input, leading, first)
  }

  /** What ends the data: `.` on a line of its own. */
  end(): Uint8Array {
    return Buffer.from(this.#last === lf && this.#lastButOne === cr ? '.\r\n' : '\r\n.\r\n')
  }
}

function stuff(input: Buffer, leading: boolean, first: number): Uint8Array {
  // At most every second octet is an LF before a dot.
  const out = Buffer.allocUnsafe(input.length + (input.length >> 1) + 1)
  let length = 0
  if (leading) out[length++] = dot
  let at = 0
  for (let hit = first; hit >= 0; hit = input.indexOf(lineStartDot, at - 1)) {
    length += input.copy(out, length, at, hit + 1)
    const end = Math.min(hit + 1 + near, input.length)
    let last = lf
    for (at = hit + 1; at < end; at += 1) {
      const octet = input[at] ?? 0
      if (octet === dot && last === lf) out[length++] = dot
      out[length++] = octet
      last = octet
    }
  }
  length += input.copy(out, length, at)
  return out.subarray(0, length)
}
