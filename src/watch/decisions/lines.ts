/** The lines of a file of decisions, piece by piece: whatever its size, little of it is in memory at a time. */
import { open } from 'node:fs/promises'

/** Octets that are read at a time. */
const piece = 256 * 1024
/** No decision is longer: a thousand recipients with long addresses, and 64 KB of facts. */
const longest = 4 * 1024 * 1024

/** Those that begin at octet `from` or behind it and before `to`, so that neighbouring pieces share none. Undefined: it is too long for a decision. Rejects if the file cannot be read. */
export async function* linesWithin(path: string, from: number, to: number): AsyncGenerator<string | undefined> {
  const file = await open(path, 'r')
  try {
    let start = Math.max(0, from - 1)
    let at = start
    // A line that begins before `from` is somebody else's, down to its newline.
    let isOthers = from > 0
    let kept: Buffer[] = []
    let length = 0
    const line = () => (length > longest ? undefined : Buffer.concat(kept).toString())
    const keep = (bytes: Buffer) => {
      length += bytes.length
      if (!isOthers && length <= longest) kept.push(Buffer.from(bytes))
    }
    while (start < to) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(piece), 0, piece, at)
      if (bytesRead === 0) break
      let begin = 0
      for (;;) {
        const end = buffer.subarray(0, bytesRead).indexOf(10, begin)
        if (end < 0) break
        keep(buffer.subarray(begin, end))
        if (!isOthers) yield line()
        kept = []
        length = 0
        isOthers = false
        begin = end + 1
        start = at + begin
        if (start >= to) return
      }
      keep(buffer.subarray(begin, bytesRead))
      at += bytesRead
    }
    // What has no newline at its end may be half a line of a crash, or one that is being written.
    if (!isOthers && length > 0 && start < to) yield line()
  } finally {
    await file.close()
  }
}
