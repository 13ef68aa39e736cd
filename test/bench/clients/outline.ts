/** Messages to send: one outline for all of a load, with a header field that is another in every message, so that nobody has seen it before. */
import { readFileSync } from 'node:fs'

/**
 * `text`, `dots` and `bare LF` have so many octets; `subject` is for scanners that look at it. `headers` and `parts` have so many of them.
 * `file`: what stands there, header fields first.
 */
export type Content =
  | { readonly kind: 'text'; readonly size: number; readonly subject?: string }
  | { readonly kind: 'dots' | 'bare LF'; readonly size: number }
  | { readonly kind: 'headers' | 'parts'; readonly count: number }
  | { readonly kind: 'file'; readonly path: string }

/** Written as its own head, the opening, and so many times the block. It ends in a newline, and is as it goes over the wire after DATA. */
export type Outline = {
  readonly opening: Buffer
  readonly block: Buffer
  readonly blocks: number
  readonly octets: number
}

/** Large messages are written in blocks of about this many octets. */
const blockSize = 65_536

export function outlineOf(content: Content): Outline {
  const { opening, line, lines } = shapeOf(content)
  const blocks = Math.max(1, Math.min(lines, Math.round((lines * line.length) / blockSize)))
  const block = Buffer.from(line.repeat(Math.round(lines / blocks)), 'latin1')
  return { opening: Buffer.from(opening), block, blocks, octets: headLength + opening.length + block.length * blocks }
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

type Shape = { readonly opening: string; readonly line: string; readonly lines: number }

const header = 'From: x@sender.test\r\nTo: u@example.test\r\n'
const textLine = `${'X'.repeat(78)}\r\n`

function shapeOf(content: Content): Shape {
  switch (content.kind) {
    case 'text': {
      const opening = `${header}Subject: ${content.subject ?? 'bench'}\r\n\r\n`
      return filled(opening, textLine, content.size)
    }
    case 'dots':
      return filled(`${header}\r\n`, '..\r\n', content.size)
    case 'bare LF':
      return filled(`${header}\r\n`, '\n', content.size)
    case 'headers':
      return { opening: header, line: 'X-Field-Of-Many: a value as good as any\r\n', lines: content.count }
    case 'parts': {
      const opening = `${header}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n`
      return { opening, line: '--b\r\nContent-Type: text/plain; name=a.txt\r\n\r\nA text.\r\n', lines: content.count }
    }
    case 'file':
      return { opening: '', line: readFileSync(content.path, 'latin1'), lines: 1 }
  }
}

function filled(opening: string, line: string, size: number): Shape {
  return { opening, line, lines: Math.max(1, Math.round((size - opening.length) / line.length)) }
}
