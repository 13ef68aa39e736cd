/** Reads the next hop's replies from its bytes (RFC 5321 §4.2): strict, bounded, whole or byte by byte alike. */
import { receivedReply, type Reply } from '../reply.ts'

const maxLine = 4096
const maxLines = 100
const maxReply = 65536

/** Longer ones are of a single recipient, as a rule, and do not come again. */
const maxUsual = 32

const zero = 48

export class ReplyReader {
  #rest = ''
  #code = 0
  #texts: string[] = []
  #octets = 0
  #fault: string | undefined
  /** The last short reply of one line, and what was read in it: to MAIL and RCPT the next hop says the same again and again. */
  #usual = ''
  #meant: Reply | undefined

  /** What was wrong with the bytes, in printable words; once set, no reply comes any more. */
  get fault(): string | undefined {
    return this.#fault
  }

  /** No reply has begun that is not complete. */
  get isEmpty(): boolean {
    return this.#rest === '' && this.#texts.length === 0
  }

  /** The replies that `bytes` (latin1) completes, in order. Those before a fault are given, too: a reply that arrived stays. */
  read(bytes: string): readonly Reply[] {
    const replies: Reply[] = []
    const data = this.#rest + bytes
    let start = 0
    while (this.#fault === undefined) {
      if (this.#meant !== undefined && this.#texts.length === 0 && data.startsWith(this.#usual, start)) {
        replies.push(this.#meant)
        start += this.#usual.length
        continue
      }
      const end = data.indexOf('\n', start)
      if (end < 0) break
      this.#line(data.slice(start, end + 1), replies)
      start = end + 1
    }
    this.#rest = data.slice(start)
    if (this.#rest.length >= maxLine) this.#fault ??= `reply line over ${maxLine} octets`
    return replies
  }

  #line(line: string, replies: Reply[]): void {
    if (line.length > maxLine) return this.#fail(`reply line over ${maxLine} octets`)
    if (!line.endsWith('\r\n')) return this.#fail('reply line without CR')
    const code = codeOf(line)
    if (code === undefined) return this.#fail('malformed reply line')
    if (this.#texts.length > 0 && code !== this.#code) return this.#fail('two codes in one reply')
    this.#code = code
    this.#octets += line.length
    if (this.#octets > maxReply) return this.#fail(`reply over ${maxReply} octets`)
    this.#texts.push(line.slice(4, -2))
    if (line.charAt(3) === '-') {
      if (this.#texts.length >= maxLines) this.#fail(`reply over ${maxLines} lines`)
      return
    }
    const reply = receivedReply(code, this.#texts)
    replies.push(reply)
    if (this.#texts.length === 1 && line.length <= maxUsual) {
      this.#usual = line
      this.#meant = reply
    }
    this.#texts = []
    this.#octets = 0
  }

  #fail(fault: string): void {
    this.#fault = fault
  }
}

/** Three digits, and behind them the end (CRLF), a blank or a hyphen; without a pattern, since every recipient has two of these lines. */
function codeOf(line: string): number | undefined {
  const [hundreds, tens, ones] = [line.charCodeAt(0) - zero, line.charCodeAt(1) - zero, line.charCodeAt(2) - zero]
  const isCode = hundreds >= 2 && hundreds <= 5 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9
  const behind = line.charAt(3)
  if (!isCode || !(behind === ' ' || behind === '-' || (behind === '\r' && line.length === 5))) return undefined
  return hundreds * 100 + tens * 10 + ones
}
