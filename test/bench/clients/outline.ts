/** Messages to send: one outline for all of a load, with a header field that is another in every message, so that nobody has seen it before. */
import { readFileSync } from 'node:fs'

/** Lines of text of so many octets in all; or what stands in a file, header fields first. `subject` where a scanner looks at it. */
export type Content =
  | { readonly kind: 'text'; readonly size: number; readonly subject?: string }
  | { readonly kind: 'file'; readonly path: string }

/** Written as the head, then so many times the block. All lines end in CRLF, and none begins with a dot. */
export type Outline = { readonly block: Buffer; readonly blocks: number; readonly octets: number }

/** Large messages are written in blocks of this many octets. */
const blockSize = 65_536

export function outlineOf(content: Content): Outline {
  const { block, blocks } = content.kind === 'file' ? { block: readFileSync(content.path), blocks: 1 } : text(content)
  return { block, blocks, octets: headLength + block.length * blocks }
}

const digits = 16
const headLength = `X-Number: ${'0'.repeat(digits)}\r\n`.length
/** Another one in every process. */
const first = (process.pid % 100_000) * 10_000_000_000
let count = 0

/** Another one at every call, also in another process. */
export function nextHead(): string {
  count += 1
  return `X-Number: ${String(first + count).padStart(digits, '0')}\r\n`
}

/** If there are several blocks, the header comes again in each; there it is text as any other. */
function text({ size, subject = 'bench' }: Extract<Content, { kind: 'text' }>): Pick<Outline, 'block' | 'blocks'> {
  const header = `From: x@sender.test\r\nTo: u@example.test\r\nSubject: ${subject}\r\n\r\n`
  const line = `${'X'.repeat(78)}\r\n`
  const lines = Math.round((Math.min(size, blockSize) - header.length) / line.length)
  const block = Buffer.from(header + line.repeat(lines))
  return { block, blocks: Math.max(1, Math.round(size / block.length)) }
}
