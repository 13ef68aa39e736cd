/** The messages of the demo, what it expects to become of them, and who has a mailbox. */
import { eicar, gtube } from '../../assess/scan/built-in.ts'
import type { Action } from '../../decide/verdict.ts'

/** `code`: of the reply that the client is to get. */
export type Expected = { readonly to: string; readonly action: Action; readonly code: number }

export type Sample = {
  readonly title: string
  readonly from: string
  readonly octets: number
  /** A test pattern of the built-in scanners: EICAR as an attachment, GTUBE as a line. */
  readonly pattern?: 'EICAR' | 'GTUBE'
  readonly recipients: readonly Expected[]
}

/** Local parts of example.org that the store takes mail for. */
export const mailboxes: readonly string[] = ['alice', 'ben', 'carol', 'dora', 'abuse']

/** Each shows another side of the policies that come with the package. */
export const samples: readonly Sample[] = [
  {
    title: 'One sender, and everybody thinks differently of him',
    from: 'deals@casino.example',
    octets: 5 * 1024,
    recipients: [
      { to: 'alice@example.org', action: 'junk', code: 250 },
      { to: 'ben@example.org', action: 'discard', code: 250 },
      { to: 'carol@example.org', action: 'deliver', code: 250 },
      { to: 'abuse@example.org', action: 'deliver', code: 250 },
    ],
  },
  {
    title: 'Too big for one, and two addresses that are no more',
    from: 'anna@family.example',
    octets: 300 * 1024,
    recipients: [
      { to: 'alice@example.org', action: 'deliver', code: 250 },
      { to: 'carol@example.org', action: 'reject', code: 552 },
      { to: 'dora@example.org', action: 'deliver', code: 250 },
      { to: 'dora+shop@example.org', action: 'reject', code: 550 },
      { to: 'nobody@example.org', action: 'deliver', code: 550 },
    ],
  },
  {
    title: 'A newsletter, which has a folder of its own with one of them',
    from: 'news@shop.example',
    octets: 20 * 1024,
    recipients: [
      { to: 'alice@example.org', action: 'deliver', code: 250 },
      { to: 'ben@example.org', action: 'deliver', code: 250 },
    ],
  },
  {
    title: 'What the site enforces for everybody',
    from: 'love@worm.example',
    octets: 40 * 1024,
    recipients: [
      { to: 'alice@example.org', action: 'quarantine', code: 250 },
      { to: 'dora@example.org', action: 'quarantine', code: 250 },
    ],
  },
  {
    title: 'A virus (the test pattern EICAR), scanned once, for four policies',
    from: 'invoice@shop.example',
    octets: 3 * 1024,
    pattern: 'EICAR',
    recipients: [
      { to: 'alice@example.org', action: 'quarantine', code: 250 },
      { to: 'ben@example.org', action: 'discard', code: 250 },
      { to: 'dora@example.org', action: 'deliver', code: 250 },
      { to: 'abuse@example.org', action: 'junk', code: 250 },
    ],
  },
  {
    title: 'Spam (the test pattern GTUBE), scored once, for as many thresholds',
    from: 'win@lottery.example',
    octets: 3 * 1024,
    pattern: 'GTUBE',
    recipients: [
      { to: 'alice@example.org', action: 'junk', code: 250 },
      { to: 'ben@example.org', action: 'discard', code: 250 },
      { to: 'carol@example.org', action: 'quarantine', code: 250 },
      { to: 'dora@example.org', action: 'deliver', code: 250 },
      { to: 'abuse@example.org', action: 'junk', code: 250 },
    ],
  },
]

/** About so many octets. */
export function textOf({ title, from, octets, pattern }: Sample): string {
  const head = `From: <${from}>\r\nTo: undisclosed-recipients:;\r\nSubject: ${title}\r\nMessage-ID: <demo@example.org>\r\n`
  const line = 'A line of the demo, again and again until the message is as long as it should be.\r\n'
  const text = line.repeat(Math.ceil((octets - head.length) / line.length))
  if (pattern === undefined) return `${head}\r\n${text}`
  switch (pattern) {
    case 'GTUBE':
      return `${head}\r\n${gtube}\r\n${text}`
    case 'EICAR':
      return `${head}${withAttachment(text, Buffer.from(eicar))}`
  }
}

/** The rest of a message (RFC 2046 §5.1) with a text and a file of at most some hundred octets. */
function withAttachment(text: string, file: Buffer): string {
  const lines = [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=demo',
    '',
    '--demo',
    '',
    text,
    '--demo',
    'Content-Type: application/octet-stream; name=invoice.com',
    'Content-Transfer-Encoding: base64',
    '',
    ...(file.toString('base64').match(/.{1,76}/g) ?? []),
    '--demo--',
    '',
  ]
  return lines.join('\r\n')
}
