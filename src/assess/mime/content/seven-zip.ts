/** Whether a 7z archive asks for a password, as far as that can be seen without unpacking its header (7zFormat.txt). */
import { u64 } from './octets.ts'

/** The coder 7zAES. */
const aes = Buffer.from('06f10701', 'hex')

export function sevenZipIsEncrypted(content: Buffer): boolean {
  const from = 32 + u64(content, 12)
  return content.subarray(from, from + u64(content, 20)).includes(aes)
}
