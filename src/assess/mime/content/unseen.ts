/** Finds what a virus scanner with limits will not have seen: clamd calls a file in a zip archive clean when it has looked at its beginning alone. */
import { createInflateRaw, inflateRawSync } from 'node:zlib'
import { sizeText } from '../../../units.ts'
import type { Findings } from '../findings.ts'
import { maxRatio } from './unpack.ts'
import { centralFiles, localFile, type ZipEnd } from './zip-directory.ts'

/** Every file of the archive, however many. Whose size is in doubt is measured later. */
export function findUnseen(content: Buffer, end: ZipEnd, findings: Findings): void {
  const { seen } = findings.limits
  for (const file of centralFiles(content, end)) {
    if (file === undefined || file.encrypted || file.directory) continue
    const { method, packed, unpacked, at } = file
    if (Math.max(packed, unpacked) > seen) findings.unseen(tooLarge(seen))
    else if (method !== 0 && method !== 8) findings.unseen('an archive packed in an unusual way')
    else if (method === 8 && packed * maxRatio > seen) {
      const data = localFile(content, at)?.data
      if (data !== undefined) findings.doubtful.push({ packed: content.subarray(data, data + packed), said: unpacked })
    }
  }
}

/** What a directory says of sizes may be a lie, so these files are unpacked, a piece at a time. */
export async function measureDoubtful(findings: Findings): Promise<void> {
  const { seen, measured } = findings.limits
  for (const { packed, said } of findings.doubtful.splice(0)) {
    const room = measured - findings.measured
    if (room <= 0) {
      findings.unseen(`archives that unpack to more than ${sizeText(measured)}`)
      return
    }
    const size = honestSize(packed, Math.min(said, room)) ?? (await unpackedSize(packed, Math.min(seen, room)))
    findings.measured += size
    if (size > seen) findings.unseen(tooLarge(seen))
  }
}

function tooLarge(seen: number): string {
  return `a file of more than ${sizeText(seen)} in an archive`
}

/** In one go, which is several times as fast, if it is no more than is said; else undefined. */
function honestSize(packed: Buffer, said: number): number | undefined {
  if (said > inOneGo) return undefined
  try {
    return inflateRawSync(packed, { chunkSize: Math.max(said + 1, 64), maxOutputLength: said + 1 }).length
  } catch {
    return undefined
  }
}

const inOneGo = 8 * 1024 * 1024

/** Pieces of 64 KB, each of which goes through the thread pool, take five times as long. */
const pieceSize = 1048576

/** As far as it can be unpacked, and not much over `most`. */
async function unpackedSize(packed: Buffer, most: number): Promise<number> {
  let size = 0
  const unpacking = createInflateRaw({ chunkSize: pieceSize })
  unpacking.end(packed)
  try {
    for await (const piece of unpacking) {
      size += (piece as Buffer).length
      if (size > most) break
    }
  } catch {
    // Who reads a broken file comes no farther either.
  }
  return size
}
