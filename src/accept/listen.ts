/** Opens the sockets at which clients connect. */
import { chmodSync, statSync, unlinkSync } from 'node:fs'
import { createConnection } from 'node:net'
import type { Server } from 'node:net'

/** Where to listen. `mode`: of the Unix socket, as for chmod. `proxies`: networks of load balancers; nobody else connects, and each begins with a PROXY header. */
export type ListenEndpoint =
  | { readonly kind: 'inet'; readonly host: string; readonly port: number; readonly proxies?: readonly string[] }
  | { readonly kind: 'unix'; readonly path: string; readonly mode: number }

/** Gives the endpoint with the port that was taken for port 0. Rejects if it cannot listen; port 25 is never tried (RFC 2033 §5). */
export async function listenAt(server: Server, endpoint: ListenEndpoint): Promise<ListenEndpoint> {
  if (endpoint.kind === 'inet' && endpoint.port === 25) throw new Error('LMTP must not listen on port 25 (RFC 2033 §5)')
  if (endpoint.kind === 'unix') await removeStaleSocket(endpoint.path)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    const listening = (): void => {
      server.removeListener('error', reject)
      resolve()
    }
    if (endpoint.kind === 'unix') server.listen(endpoint.path, listening)
    else server.listen(endpoint.port, endpoint.host, listening)
  })
  if (endpoint.kind === 'unix') {
    chmodSync(endpoint.path, endpoint.mode)
    return endpoint
  }
  const address = server.address()
  return { ...endpoint, port: address !== null && typeof address === 'object' ? address.port : endpoint.port }
}

/** After kill -9 the socket file stays. Only one that nobody answers at is removed. */
async function removeStaleSocket(path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return
  const isAlive = await new Promise<boolean>(resolve => {
    const probe = createConnection(path)
    probe.once('connect', () => resolve(true))
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'))
    probe.once('close', () => probe.destroy())
    probe.once('connect', () => probe.destroy())
  })
  if (isAlive) throw new Error(`another process listens at unix:${path}`)
  unlinkSync(path)
}
