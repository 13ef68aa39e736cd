/** Why a socket failed, in the words that a log shows. */

const words: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection reset'],
  ['EPIPE', 'connection closed while writing'],
  ['ETIMEDOUT', 'connection timed out'],
  ['EHOSTUNREACH', 'host unreachable'],
  ['ENETUNREACH', 'network unreachable'],
  ['ENOENT', 'no such socket'],
  ['EACCES', 'permission denied'],
  ['ENOTFOUND', 'host name not found'],
  ['EAI_AGAIN', 'name service not available'],
  ['EMFILE', 'too many open files'],
  ['ENFILE', 'too many open files'],
  ['EAGAIN', 'too many connections waiting at the socket'],
])

export function socketCause(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'socket error'
  return words.get(code) ?? code
}
