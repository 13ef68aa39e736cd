/** Takes the PROXY header off a connection, so that the session begins with what the client says. */
import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import { readProxyHeader } from './proxy-header.ts'
import type { ProxyHeader } from './proxy-header.ts'

export type Proxied = Extract<ProxyHeader, { readonly kind: 'whole' }>

/** A balancer sends it at once (ms). */
const within = 10_000

const ignored = (): void => undefined // 'close' follows

/** Calls back once: with the header; or with an error, and then the connection is gone. */
export function takeProxyHeader(socket: Socket, clock: Clock, taken: (header: Proxied | Error) => void): void {
  let begin = Buffer.alloc(0)
  const finish = (header: Proxied | Error): void => {
    cancel()
    socket.off('readable', read).off('end', gone).off('close', gone)
    if (header instanceof Error) socket.destroy()
    else socket.off('error', ignored)
    taken(header)
  }
  const gone = (): void => finish(new Error('the connection ended before its PROXY header'))
  const cancel = clock.after(within, () => finish(new Error('no PROXY header came')))
  const read = (): void => {
    const piece = socket.read() as Buffer | null
    if (piece === null) return
    begin = Buffer.concat([begin, piece])
    const header = readProxyHeader(begin)
    switch (header.kind) {
      case 'part':
        return
      case 'wrong':
        return finish(new Error('what came is no PROXY header'))
      case 'whole':
        if (begin.length > header.length) socket.unshift(begin.subarray(header.length))
        return finish(header)
    }
  }
  socket.on('readable', read).on('end', gone).on('close', gone).on('error', ignored)
}
