/** A name service (RFC 1035) on loopback that knows a few TXT records and says of everything else that there is nothing. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Site } from './site.ts'

const txt = 16
const head = 12

/** `records`: text by domain, at most 255 characters. Gives its UDP port. */
export async function startNameServer(site: Site, records: Readonly<Record<string, string>>): Promise<number> {
  const socket = createSocket('udp4', (query, { port, address }) => {
    socket.send(answer(query, records), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  site.add({ stop: () => new Promise(resolve => void socket.close(() => resolve())) })
  return socket.address().port
}

/** The question comes back, and behind it the record that points at its name. */
function answer(query: Buffer, records: Readonly<Record<string, string>>): Buffer {
  const { name, end } = question(query)
  const text = query.readUInt16BE(end - 4) === txt ? records[name] : undefined
  const known = records[name] !== undefined
  const reply = Buffer.from(query.subarray(0, end))
  reply.writeUInt16BE(known ? 0x8580 : 0x8583, 2)
  reply.writeUInt16BE(text === undefined ? 0 : 1, 6)
  reply.fill(0, 8, head)
  if (text === undefined) return reply
  const record = Buffer.from([0xc0, head, 0, txt, 0, 1, 0, 0, 0, 60, 0, text.length + 1, text.length])
  return Buffer.concat([reply, record, Buffer.from(text, 'latin1')])
}

/** The first one: its name in lower case, and where it ends. */
function question(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = []
  let at = head
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), end: at + 5 }
}
