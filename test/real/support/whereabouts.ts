/** Where a message is for each of its recipients, as anybody from outside can find out: mailboxes, quarantine, Postfix's log. */
import type { Dovecot } from './dovecot.ts'
import type { Gate } from './gate.ts'
import { fieldOfEach, mailbox } from './imap.ts'
import { attempts } from './maillog.ts'
import type { Postfix } from './postfix.ts'

/** All between which mail travels. */
export type Road = {
  readonly postfix: Postfix
  readonly gate: Gate
  readonly dovecot: Dovecot
  /** All that went along it by `fatesOf`, in this order. */
  readonly sent: Sent[]
}

/** As Postfix queued it. */
export type Sent = Letter & { readonly queueId: string }

export type Letter = { readonly from: string; readonly names: readonly string[]; readonly message: Buffer }

/** Sends it, waits until Postfix has heard of everybody, and tells by name: `INBOX`, `Junk`, `quarantine`, `nowhere`, `bounced 5.7.1`, `deferred 4.7.1`. */
export async function fatesOf(road: Road, letter: Letter): Promise<Readonly<Record<string, string>>> {
  const { from, names, message } = letter
  const queueId = await road.postfix.submit(from, names, message)
  road.sent.push({ ...letter, queueId })
  const found = await attempts(road.postfix, queueId, names.length)
  const fates = names.map(async name => {
    const { status, dsn } = found.find(({ to }) => to === `${name}@example.test`) ?? {}
    return [name, status === 'sent' ? await place(road, name, message) : `${status} ${dsn}`] as const
  })
  return Object.fromEntries(await Promise.all(fates))
}

async function place({ gate, dovecot }: Road, name: string, message: Buffer): Promise<string> {
  const id = messageId(message)
  const places: string[] = []
  for (const box of ['INBOX', 'Junk'])
    if ((await fieldOfEach(dovecot.imap, name, 'Message-ID', box)).includes(id)) places.push(box)
  const kept = gate.quarantined().filter(({ to }) => to === `${name}@example.test`)
  if (kept.some(entry => messageId(entry.message) === id)) places.push('quarantine')
  return places.length === 0 ? 'nowhere' : places.join(' and ')
}

/** As it lies in the mailbox, once. */
export async function stored({ dovecot }: Road, name: string, message: Buffer, box = 'INBOX'): Promise<Buffer> {
  const copies = (await mailbox(dovecot.imap, name, box)).filter(copy => messageId(copy) === messageId(message))
  const [copy] = copies
  if (copy === undefined || copies.length > 1) throw new Error(`${copies.length} copies in ${box} of ${name}`)
  return copy
}

/** The field as it stands in the header, unfolded; undefined where there is none. */
export function fieldOf(message: Buffer, name: string): string | undefined {
  const text = message.toString('latin1')
  const header = text.slice(0, text.indexOf('\r\n\r\n') + 2).replace(/\r\n[ \t]+/g, ' ')
  return new RegExp(`^${name}: (.*)\r\n`, 'im').exec(header)?.[1]
}

function messageId(message: Buffer): string {
  return fieldOf(message, 'Message-ID') ?? ''
}
