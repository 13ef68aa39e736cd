/** Compound files ([MS-CFB]): the older Office documents, Outlook messages, Windows installers, and Office documents with a password. */
import type { Contents } from './inspect.ts'

/** What is in it tells what it is: names of its streams, in UTF-16, or the class of its root. */
const marks: readonly (readonly [octets: Buffer, type: string])[] = [
  [utf16('WordDocument'), 'application/msword'],
  [utf16('Workbook'), 'application/vnd.ms-excel'],
  [utf16('PowerPoint Document'), 'application/vnd.ms-powerpoint'],
  [utf16('__nameid_version1.0'), 'application/vnd.ms-outlook'],
  [Buffer.from('84100c0000000000c000000000000046', 'hex'), 'application/x-msi'],
]
const encryptedPackage = utf16('EncryptedPackage')

/** Searched in the whole file, not by its directory: a file that hides it from us hides it from nobody who searches. */
export function compoundFile(content: Buffer, contents: Contents): void {
  const types = marks.filter(([octets]) => content.includes(octets)).map(([, type]) => type)
  for (const type of types.length === 0 ? ['application/x-ole-storage'] : types) contents.types.add(type)
  if (content.includes(encryptedPackage)) contents.encrypted = true
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le')
}
