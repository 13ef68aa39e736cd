/** Reads mail back over IMAP (RFC 3501), as its owner would. */
import { ByteReader } from './byte-reader.ts'
import { password } from './dovecot.ts'

/** The whole messages of a mailbox, in order; none if the mailbox does not exist. */
export async function mailbox(port: number, user: string, name = 'INBOX'): Promise<readonly Buffer[]> {
  return fetch(port, user, name, 'BODY.PEEK[]')
}

/** One header field of every message of a mailbox, without its name; `(none)` where it is missing. */
export async function fieldOfEach(
  port: number,
  user: string,
  field: string,
  name = 'INBOX',
): Promise<readonly string[]> {
  return (await headers(port, user, [field], name)).map(header => {
    const text = header.toString('latin1').trim()
    return text === '' ? '(none)' : text.slice(field.length + 1).trim()
  })
}

/** These header fields of every message of a mailbox, as they stand there. */
export async function headers(
  port: number,
  user: string,
  fields: readonly string[],
  name = 'INBOX',
): Promise<readonly Buffer[]> {
  return fetch(port, user, name, `BODY.PEEK[HEADER.FIELDS (${fields.join(' ')})]`)
}

async function fetch(port: number, user: string, name: string, item: string): Promise<readonly Buffer[]> {
  const reader = await ByteReader.connect(port)
  try {
    await reader.line()
    await command(reader, 1, `LOGIN ${user}@example.test ${password}`)
    const selected = await command(reader, 2, `EXAMINE "${name}"`)
    if (!selected.ok || selected.lines.includes('* 0 EXISTS')) return []
    return (await command(reader, 3, `FETCH 1:* ${item}`)).literals
  } finally {
    reader.socket.destroy()
  }
}

type Answer = { readonly ok: boolean; readonly lines: readonly string[]; readonly literals: readonly Buffer[] }

async function command(reader: ByteReader, tag: number, text: string): Promise<Answer> {
  reader.socket.write(`${tag} ${text}\r\n`)
  const lines: string[] = []
  const literals: Buffer[] = []
  for (;;) {
    const line = await reader.line()
    if (line === undefined) throw new Error(`IMAP connection closed during ${text}`)
    if (line.startsWith(`${tag} `)) return { ok: line.startsWith(`${tag} OK`), lines, literals }
    lines.push(line)
    const size = /\{(\d+)\}$/.exec(line)?.[1]
    if (size !== undefined) literals.push(await reader.octets(Number(size)))
  }
}
