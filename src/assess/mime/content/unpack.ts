/** Takes a file out of a zip archive, into memory and within the bounds. */
import { constants, inflateRawSync } from 'node:zlib'
import type { Findings } from '../findings.ts'

/** What one octet can become (RFC 1951). */
export const maxRatio = 1032

/** Octets of packed data from which to see what it is: few are enough, but for long tables; each can become a thousand. */
const heads = [64, 256, 1024]
const headUnpacked = 2_097_152

/** Nothing, told as unreadable, if it is broken, too big or packed in a way that is not known here. */
export function unpack(packed: Buffer, method: number, findings: Findings): Buffer | undefined {
  const room = findings.limits.inflated - findings.inflated
  const unpacked = room <= 0 ? 'too big' : unpackWithin(packed, method, room)
  switch (unpacked) {
    case 'too big':
      findings.inflated = findings.limits.inflated
      findings.closed(`archives that unpack to more than ${findings.limits.inflated} octets`)
      return undefined
    case 'broken':
      // What it took to find out counts, too, or a thousand broken bombs would cost a thousand times as much as one.
      findings.inflated += Math.min(room, packed.length * maxRatio)
      findings.closed('a broken archive')
      return undefined
    case 'unknown':
      findings.closed('an archive packed in an unknown way')
      return undefined
  }
  findings.inflated += unpacked.length
  return unpacked
}

function unpackWithin(packed: Buffer, method: number, room: number): Buffer | 'too big' | 'broken' | 'unknown' {
  if (method === 0) return packed.length > room ? 'too big' : packed
  if (method !== 8) return 'unknown'
  try {
    return inflateRawSync(packed, { maxOutputLength: room })
  } catch (error) {
    return error instanceof RangeError ? 'too big' : 'broken'
  }
}

/** The beginning of a file; empty if there is none to be had. */
export function unpackHead(packed: Buffer, method: number): Buffer {
  if (method === 0) return packed.subarray(0, heads[0])
  if (method !== 8) return Buffer.alloc(0)
  for (const length of heads) {
    const head = inflatedHead(packed.subarray(0, length))
    if (head.length >= 8) return head
  }
  return Buffer.alloc(0)
}

function inflatedHead(packed: Buffer): Buffer {
  try {
    return inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: headUnpacked })
  } catch {
    return Buffer.alloc(0)
  }
}
