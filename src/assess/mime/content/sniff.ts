/** What a file is by its first octets, whatever it calls itself. */

/** Compared as they are. */
const table: readonly { readonly type: string; readonly octets: readonly string[] }[] = [
  { type: 'application/x-elf', octets: ['\x7fELF'] },
  {
    type: 'application/x-mach-binary',
    octets: ['\xfe\xed\xfa\xce', '\xfe\xed\xfa\xcf', '\xce\xfa\xed\xfe', '\xcf\xfa\xed\xfe'],
  },
  { type: 'application/zip', octets: ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'] },
  { type: 'application/x-ole-storage', octets: ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'] },
  { type: 'application/vnd.rar', octets: ['Rar!\x1a\x07'] },
  { type: 'application/x-7z-compressed', octets: ['7z\xbc\xaf\x27\x1c'] },
  { type: 'application/gzip', octets: ['\x1f\x8b'] },
  { type: 'application/x-bzip2', octets: ['BZh'] },
  { type: 'application/x-xz', octets: ['\xfd7zXZ\x00'] },
  { type: 'application/vnd.ms-cab-compressed', octets: ['MSCF'] },
  { type: 'application/x-ms-shortcut', octets: ['L\x00\x00\x00\x01\x14\x02\x00'] },
  { type: 'application/rtf', octets: ['{\\rt'] },
  { type: 'image/png', octets: ['\x89PNG\r\n\x1a\n'] },
  { type: 'image/jpeg', octets: ['\xff\xd8\xff'] },
  { type: 'image/gif', octets: ['GIF87a', 'GIF89a'] },
  { type: 'text/x-script', octets: ['#!'] },
]

/** `at`: where they stand. */
const further: readonly { readonly type: string; readonly at: number; readonly octets: string }[] = [
  { type: 'application/x-tar', at: 257, octets: 'ustar' },
  { type: 'application/x-iso9660-image', at: 32_769, octets: 'CD001' },
]

/** Most content begins with none of these. */
const beginnings = new Set(table.flatMap(({ octets }) => octets.map(magic => magic.charAt(0))))

const htmlStart = /^(?:<!--|<\?xml|\s)*<(?:!doctype\s+html|html|head|body|script|iframe|svg|meta|title)[\s>/]/i

/** In lower case; undefined: nothing that is known here. */
export function sniff(content: Buffer): string | undefined {
  if (isProgram(content)) return 'application/x-msdownload'
  // Readers of PDF look for its mark in the first 1024 octets.
  const head = content.toString('latin1', 0, 1024)
  if (beginnings.has(head.charAt(0)))
    for (const { type, octets } of table) if (octets.some(magic => head.startsWith(magic))) return type
  for (const { type, at, octets } of further)
    if (content.length > at && content.toString('latin1', at, at + octets.length) === octets) return type
  if (head.includes('%PDF-')) return 'application/pdf'
  return head.includes('<') && htmlStart.test(head.replace(/^\xef\xbb\xbf/, '').trimStart()) ? 'text/html' : undefined
}

/** MZ, and not the beginning of a text. */
function isProgram(content: Buffer): boolean {
  return content.length >= 64 && content[0] === 0x4d && content[1] === 0x5a && content.subarray(0, 64).includes(0)
}
