/** The messages of the demo, what it expects to become of them, and who has a mailbox. */
import type { Action } from '../../decide/verdict.ts'

/** `code`: of the reply that the client is to get. */
export type Expected = { readonly to: string; readonly action: Action; readonly code: number }

export type Sample = {
  readonly title: string
  readonly from: string
  readonly octets: number
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
]

/** About so many octets. */
export function textOf({ title, from, octets }: Sample): string {
  const head = `From: <${from}>\r\nTo: undisclosed-recipients:;\r\nSubject: ${title}\r\nMessage-ID: <demo@example.org>\r\n\r\n`
  const line = 'A line of the demo, again and again until the message is as long as it should be.\r\n'
  return head + line.repeat(Math.ceil((octets - head.length) / line.length))
}
