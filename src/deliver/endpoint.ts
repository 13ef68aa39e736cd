/** Where a server listens, in Postfix's notation: `inet:127.0.0.1:24`, `inet:[::1]:24`, `unix:/run/dovecot/lmtp`. */

export type Endpoint =
  | { readonly kind: 'inet'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** The endpoint, or a sentence that says what is wrong and what would be right. */
export function parseEndpoint(text: string): Endpoint | string {
  if (text.startsWith('unix:')) return parseUnix(text.slice('unix:'.length))
  if (text.startsWith('inet:')) return parseInet(text.slice('inet:'.length), text)
  if (text.startsWith('/')) return `'${text}' does not say its kind: write unix:${text}`
  if (/:\d+$/.test(text)) return `'${text}' does not say its kind: write inet:${text}`
  return `'${text}' is no endpoint: write inet:host:port or unix:/path`
}

/** The same notation back, for logs and configuration. */
export function endpointText(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case 'unix':
      return `unix:${endpoint.path}`
    case 'inet':
      return endpoint.host.includes(':')
        ? `inet:[${endpoint.host}]:${endpoint.port}`
        : `inet:${endpoint.host}:${endpoint.port}`
  }
}

/** sun_path has 108 octets, the last one NUL. */
const maxUnixPath = 107

function parseUnix(path: string): Endpoint | string {
  if (!path.startsWith('/')) return `'unix:${path}' needs an absolute path: write unix:/run/dovecot/lmtp`
  if (path.includes('\0')) return 'the path of a Unix socket cannot hold a NUL'
  if (Buffer.byteLength(path) > maxUnixPath)
    return `'unix:${path}' is too long: the path of a Unix socket has at most ${maxUnixPath} octets`
  return { kind: 'unix', path }
}

function parseInet(rest: string, text: string): Endpoint | string {
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(rest)
  const host = found?.[1] ?? found?.[2]
  if (host === undefined) {
    if (/^[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:\d+$/.test(rest))
      return `'${text}': an IPv6 address stands in brackets: write inet:[::1]:24`
    return `'${text}' needs host and port: write inet:127.0.0.1:24`
  }
  const port = Number(found?.[3])
  if (port < 1 || port > 65535) return `'${text}': a port is a number from 1 to 65535`
  return { kind: 'inet', host, port }
}
