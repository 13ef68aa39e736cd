/** A small HTTP server for who watches the gate: `/metrics` for Prometheus, `/healthz` and `/readyz` for whoever starts it or sends it mail. */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Trust } from '../trust.ts'
import { contentType } from './metrics/exposition.ts'

/** `trust`: networks in CIDR notation or single addresses from which it may be asked. */
export type WatchEndpoint = { readonly host: string; readonly port: number; readonly trust: readonly string[] }

export type Watched = {
  /** In Prometheus' text format. */
  metrics(): Promise<string>
  /** Why mail should not be sent here now; undefined: it should. */
  hindrance(): Promise<string | undefined>
  /** A bug, or trouble with a socket. */
  onError(error: unknown): void
}

export type OpenWatch = {
  /** The one that was taken, for port 0. */
  readonly port: number
  close(): Promise<void>
}

/** Whoever asks is quick about it (ms), and says little (octets); so many may ask at a time. */
const patience = 10_000
const maxHead = 8192
const maxConnections = 64

/** Rejects if it cannot listen. */
export async function openWatch({ host, port, trust }: WatchEndpoint, watched: Watched): Promise<OpenWatch> {
  const trusted = new Trust(trust)
  const server = createServer(
    {
      maxHeaderSize: maxHead,
      headersTimeout: patience,
      requestTimeout: patience,
      connectionsCheckingInterval: patience / 4,
    },
    (request, response) => void respond(request, response, trusted, watched),
  )
  server.maxConnections = maxConnections
  server.setTimeout(patience)
  await listening(server, host, port)
  server.on('error', error => watched.onError(error))
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}

type Answer = { readonly status: number; readonly text: string; readonly type?: string }

/** Each answer ends its connection, so that nobody keeps one who does not need it. */
async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  trusted: Trust,
  watched: Watched,
): Promise<void> {
  const {
    status,
    text,
    type = 'text/plain; charset=utf-8',
  } = trusted.has(request.socket.remoteAddress)
    ? await answer(request, watched)
    : { status: 403, text: 'Your address may not ask here\n' }
  const body = Buffer.from(text)
  response.on('error', () => undefined)
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(status === 405 ? { Allow: 'GET, HEAD' } : {}),
    Connection: 'close',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function answer({ method, url }: IncomingMessage, watched: Watched): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: 'Only GET and HEAD\n' }
  try {
    const path = url?.split('?', 1)[0]
    if (path === '/metrics') return { status: 200, text: await watched.metrics(), type: contentType }
    if (path === '/healthz') return { status: 200, text: 'alive\n' }
    if (path === '/readyz') return readiness(await watched.hindrance())
    return { status: 404, text: 'Here are /metrics, /healthz and /readyz\n' }
  } catch (error) {
    watched.onError(error)
    return { status: 500, text: 'Internal error\n' }
  }
}

function readiness(hindrance: string | undefined): Answer {
  return hindrance === undefined ? { status: 200, text: 'ready\n' } : { status: 503, text: `${hindrance}\n` }
}
