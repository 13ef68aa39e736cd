/** Finds what a virus scanner with limits will not have seen: clamd calls a file in a zip archive clean when it has looked at its beginning alone. */
import { sizeText } from '../../../units.ts'
import type { Findings } from '../findings.ts'
import { inflatedSize } from './inflated-size.ts'
import { maxRatio } from './unpack.ts'
import { centralFiles, localFile, localMarks, type ZipEnd } from './zip-directory.ts'

/**
 * Every file of the archive, however many. Whose size is in doubt is measured later. clamd goes by what a file's own header says, where most readers go
 * by the directory: what lies beyond a smaller size, or is packed in another way, it calls clean, as it does whatever has a size of 64 bits.
 */
export function findUnseen(content: Buffer, end: ZipEnd, findings: Findings): void {
  const { seen } = findings.limits
  const spans: Span[] = []
  // clamd looks for the directory where its offset says, and there may be another; readers look right before the end.
  if (end.base !== 0) findings.unseen('an archive behind something else')
  for (const file of centralFiles(content, end)) {
    if (file === undefined) continue
    const { method, packed, unpacked, at } = file
    const local = localFile(content, at)
    if (local !== undefined) spans.push({ from: at, to: local.data + packed })
    if (file.directory) continue
    if (file.encrypted) findings.unseen('encrypted')
    else if (local === undefined) findings.unseen('a broken archive')
    else if (local.method !== method || (local.packed ?? packed) !== packed)
      findings.unseen('an archive with two accounts of a file')
    else if (Math.max(packed, unpacked) > seen) findings.unseen(tooLarge(seen))
    else if (method !== 0 && method !== 8) findings.unseen('an archive packed in an unusual way')
    else if (method === 8 && packed * maxRatio > seen)
      findings.doubtful.push(content.subarray(local.data, local.data + packed))
  }
  spans.push({ from: end.start, to: end.end })
  if (hasStrayFile(content, spans)) findings.unseen('an archive with a hidden file')
}

/** What belongs to one file, or to the directory. */
type Span = { readonly from: number; readonly to: number }

/** Readers that take the archive as a stream find such a file; a scanner that goes by the directory does not. */
function hasStrayFile(content: Buffer, spans: Span[]): boolean {
  let at = 0
  for (const { from, to } of [...spans.sort((a, b) => a.from - b.from), { from: content.length, to: content.length }]) {
    for (const mark of localMarks(content.subarray(at, Math.max(at, from))))
      if (localFile(content, at + mark) !== undefined) return true
    at = Math.max(at, to)
  }
  return false
}

/** What a directory says of sizes may be a lie, so these files are measured. */
export function measureDoubtful(findings: Findings): void {
  const { seen, measured } = findings.limits
  for (const packed of findings.doubtful.splice(0)) {
    findings.measured += packed.length
    if (findings.measured > measured) {
      findings.unseen(`archives of more than ${sizeText(measured)}`)
      return
    }
    if (inflatedSize(packed, seen) > seen) findings.unseen(tooLarge(seen))
  }
}

function tooLarge(seen: number): string {
  return `a file of more than ${sizeText(seen)} in an archive`
}
