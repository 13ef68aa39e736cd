/** Stands in front of Dovecot and takes CHUNKING out of its offer, so that messages reach it with DATA. */
import { connect, createServer, type Socket } from 'node:net'
import { freePort } from '../../support/free-port.ts'
import type { Site } from './site.ts'

/** Gives the port on which it listens. `onPacket` gets what comes from clients, as it comes. */
export async function withoutChunking(
  site: Site,
  dovecot: number,
  onPacket: (octets: string) => void = () => undefined,
): Promise<number> {
  const port = await freePort()
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, client => {
    const upstream = connect({ port: dovecot, host: '127.0.0.1', allowHalfOpen: true })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {
        client.destroy()
        upstream.destroy()
      })
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('data', octets => onPacket(octets.toString('latin1')))
    client.pipe(upstream)
    passOn(upstream, client)
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  site.add({
    stop: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  })
  return port
}

/** The greeting passes at once; the offer when it is complete; all else untouched. */
function passOn(upstream: Socket, client: Socket): void {
  let held = ''
  upstream.on('data', function look(chunk: Buffer) {
    held += chunk.toString('latin1')
    const greeted = held.startsWith('220')
    if (!held.endsWith('\r\n') || !(greeted || /^250 /m.test(held))) return
    client.write(held.replace('250-CHUNKING\r\n', ''), 'latin1')
    held = ''
    if (greeted) return
    upstream.off('data', look)
    upstream.pipe(client)
  })
  upstream.on('end', () => client.end())
}
