/** Looks into decoded content: what it is by its octets, what is in it, whether it asks for a password. */
import type { Findings } from '../findings.ts'
import type { Texts } from '../texts.ts'
import { compoundFile } from './compound-file.ts'
import { rarArchive } from './rar.ts'
import { sevenZipIsEncrypted } from './seven-zip.ts'
import { sniff } from './sniff.ts'
import { pdfIsEncrypted } from './pdf.ts'
import { endOfZip } from './zip-directory.ts'
import { zipArchive } from './zip.ts'

/** Where it is gathered; part of a `Draft`. */
export type Contents = { readonly types: Texts; readonly inner: Texts; encrypted: boolean }

/** `level`: how many archives it lies in. Broken archives and those over a limit are told as unreadable. */
export function inspect(content: Buffer, contents: Contents, findings: Findings, level: number): void {
  const type = sniff(content)
  // Readers of zip look for its end, whatever comes before: programs that unpack themselves are made that way.
  if (type === 'application/zip' || endOfZip(content) !== undefined) zipArchive(content, contents, findings, level)
  if (type === 'application/x-ole-storage') compoundFile(content, contents)
  else if (type !== undefined && type !== 'application/zip') contents.types.add(type)
  if (type === 'application/vnd.rar') rarArchive(content, contents, findings)
  if (type === 'application/x-7z-compressed' && sevenZipIsEncrypted(content)) contents.encrypted = true
  if (contents.encrypted) findings.unseen('encrypted')
  // Most of these ask for no password but for printing, and scanners open them.
  if (type === 'application/pdf' && pdfIsEncrypted(content)) contents.encrypted = true
}
