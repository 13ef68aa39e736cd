/** Looks into a zip archive, and into archives in it: the names by its directory and by the files' own headers, which may differ. */
import type { Findings } from '../findings.ts'
import { Texts } from '../texts.ts'
import { documentTypes, leftOutOf } from './documents.ts'
import { Entries } from './entries.ts'
import { inspect, type Contents } from './inspect.ts'
import { unpack, unpackHead } from './unpack.ts'
import { findUnseen } from './unseen.ts'
import {
  centralFiles,
  endOfZip,
  localFile,
  localMarks,
  type LocalFile,
  type ZipEnd,
  type ZipFile,
} from './zip-directory.ts'

/** Local headers that are looked at, for each entry that is allowed: an archive stored in an archive shows its own. */
const marksPerEntry = 4

const archiveMarks = ['PK\x03\x04', 'PK\x05\x06', 'Rar!\x1a\x07', '7z\xbc\xaf\x27\x1c']

type Whole = ZipFile & { readonly local: LocalFile }

export function zipArchive(content: Buffer, contents: Contents, findings: Findings, level: number): void {
  const end = endOfZip(content)
  const files = end === undefined ? [] : filesOf(content, end, findings)
  if (end === undefined) findings.closed('a broken archive')
  else findUnseen(content, end, findings)
  const types = documentTypes(content, files)
  for (const type of types.length === 0 ? ['application/zip'] : types) contents.types.add(type)
  const entries = new Entries(contents, findings, leftOutOf(types))
  for (const file of files) {
    if (file.encrypted || file.local.encrypted) contents.encrypted = true
    if (!file.raw.equals(file.local.raw)) findings.ambiguous('an archive with two names for a file')
    if (!entries.add(file) || !entries.addIfNew(file.local)) return
    if (!file.encrypted && !file.directory) lookInto(content, file, contents, findings, level)
  }
  strayFiles(content, entries, contents, findings)
}

/** As far as the bound lets them be listed. */
function filesOf(content: Buffer, end: ZipEnd, findings: Findings): Whole[] {
  const files: Whole[] = []
  for (const file of centralFiles(content, end)) {
    const local = file === undefined ? undefined : localFile(content, file.at)
    if (file !== undefined && local !== undefined) files.push({ ...file, local })
    else findings.closed('a broken archive')
    if (files.length > findings.limits.entries) break
  }
  return files
}

/** Files that the directory does not know: readers that take the archive as a stream find them. */
function strayFiles(content: Buffer, entries: Entries, contents: Contents, findings: Findings): void {
  let marks = 0
  for (const at of localMarks(content)) {
    marks += 1
    if (marks > findings.limits.entries * marksPerEntry) return findings.unreadable('an archive with too many headers')
    const local = localFile(content, at)
    if (local === undefined || local.raw.length === 0) continue
    if (local.encrypted) contents.encrypted = true
    if (!entries.addIfNew(local)) return
  }
}

function lookInto(content: Buffer, file: Whole, contents: Contents, findings: Findings, level: number): void {
  const packed = content.subarray(file.local.data, file.local.data + file.packed)
  const archive = isArchive(unpackHead(packed, file.method))
  if (!archive && !/\.(?:zip|jar|rar|7z)$/i.test(file.raw.toString('latin1'))) return
  if (level >= findings.limits.archives) return findings.closed('archives nested too deep')
  const unpacked = unpack(packed, file.method, findings)
  if (unpacked === undefined) return
  const inner = { types: new Texts(), inner: contents.inner, encrypted: false }
  inspect(unpacked, inner, findings, level + 1)
  if (inner.encrypted) contents.encrypted = true
}

function isArchive(head: Buffer): boolean {
  const text = head.toString('latin1', 0, 6)
  return archiveMarks.some(mark => text.startsWith(mark))
}
