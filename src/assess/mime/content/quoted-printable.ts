/**
 * Decodes quoted-printable octet by octet (RFC 2045 §6.7). Own code: mailparser's decoder keeps the whole part in memory and takes seconds for
 * 20 KB of blanks (README.md, Decisions).
 */

const TAB = 9
const LF = 10
const CR = 13
const SP = 32
const EQUALS = 61

/** Blanks that may still turn out to be the end of a line; more of them are content. */
const maxTail = 4096

export class QuotedPrintable {
  /** Blanks, perhaps after an equals sign, perhaps with a CR: nothing if the line ends here, content if not. */
  readonly #tail = Buffer.alloc(maxTail)
  #tailLength = 0
  /** The tail begins with an equals sign: the line goes on in the next. */
  #soft = false
  #cr = false
  /** An equals sign has been read, and perhaps the first digit after it. */
  #escape: 'none' | 'equals' | number = 'none'
  #out = Buffer.alloc(0)
  #length = 0

  write(bytes: Uint8Array): Buffer {
    this.#begin(bytes.length)
    for (const octet of bytes) this.#octet(octet)
    return this.#out.subarray(0, this.#length)
  }

  /** Blanks and an equals sign at the very end are the end of a line. */
  end(): Buffer {
    this.#begin(0)
    if (typeof this.#escape === 'number') this.#literal(this.#escape)
    this.#escape = 'none'
    return this.#out.subarray(0, this.#length)
  }

  #begin(more: number): void {
    this.#out = Buffer.allocUnsafe(more + this.#tailLength + 3)
    this.#length = 0
  }

  #octet(octet: number): void {
    if (this.#escape !== 'none' && this.#escaped(octet)) return
    if (octet === LF) return this.#lineEnd()
    if (this.#cr) this.#flush()
    if (octet === CR || octet === SP || octet === TAB) {
      this.#cr = octet === CR
      return this.#hold(octet)
    }
    if (this.#tailLength > 0) this.#flush()
    if (octet === EQUALS) this.#escape = 'equals'
    else this.#emit(octet)
  }

  /** True if the octet belonged to it. */
  #escaped(octet: number): boolean {
    const escape = this.#escape
    this.#escape = 'none'
    if (escape === 'equals') {
      if (!Number.isNaN(hexValue(octet))) {
        this.#escape = octet
        return true
      }
      this.#soft = octet === LF || octet === CR || octet === SP || octet === TAB
      if (this.#soft) this.#hold(EQUALS)
      else this.#emit(EQUALS)
      return false
    }
    if (escape === 'none') return false
    const value = hexValue(escape) * 16 + hexValue(octet)
    if (Number.isNaN(value)) this.#literal(escape)
    else this.#emit(value)
    return !Number.isNaN(value)
  }

  #lineEnd(): void {
    if (!this.#soft) {
      if (this.#cr) this.#emit(CR)
      this.#emit(LF)
    }
    this.#forget()
  }

  #hold(octet: number): void {
    if (this.#tailLength === maxTail) this.#flush()
    this.#tail[this.#tailLength] = octet
    this.#tailLength += 1
  }

  #flush(): void {
    this.#length += this.#tail.copy(this.#out, this.#length, 0, this.#tailLength)
    this.#forget()
  }

  #forget(): void {
    this.#tailLength = 0
    this.#soft = false
    this.#cr = false
  }

  #literal(digit: number): void {
    this.#emit(EQUALS)
    this.#emit(digit)
  }

  #emit(octet: number): void {
    this.#out[this.#length] = octet
    this.#length += 1
  }
}

function hexValue(octet: number): number {
  if (octet >= 48 && octet <= 57) return octet - 48
  const upper = octet & 0xdf
  return upper >= 65 && upper <= 70 ? upper - 55 : NaN
}
