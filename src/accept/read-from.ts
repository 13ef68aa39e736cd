/**
 * Lets a connection be read into memory that is there already (`onread`, as `net.connect` has it). For each read Node otherwise sets 64 KB aside, to be collected
 * later, even for a command; and for the sockets that a server accepts it has no such option. So this sets on them what `new net.Socket({ onread })` sets.
 */
import { Socket } from 'node:net'
import type { SocketConstructorOpts } from 'node:net'

/** Of a stream that is made of a file descriptor (Node's StreamBase). */
type Handle = { readonly useUserBuffer?: (buffer: Uint8Array) => void }

/** Under which names a socket remembers what it was given as `onread`; undefined: this Node has others. */
type Names = { readonly buffer: keyof Socket; readonly callback: keyof Socket }

const names = learnNames()

/**
 * From now on `take` gets what comes, in `buffer`, and has to be done with it when it returns; in memory of Node's own it gets what the socket has read already,
 * and all of it where this Node cannot do otherwise (false). One buffer does for all connections: on Unix, Node reads and calls `take` in one step.
 */
export function readFrom(socket: Socket, buffer: Buffer, take: (bytes: Buffer) => void): boolean {
  socket.on('data', take)
  const { _handle: handle } = socket as Socket & { readonly _handle?: Handle | null }
  if (names === undefined || handle?.useUserBuffer === undefined) return false
  const callback = (octets: number): boolean => {
    take(buffer.subarray(0, octets))
    return true
  }
  Object.assign(socket, { [names.buffer]: buffer, [names.callback]: callback })
  handle.useUserBuffer(buffer)
  return true
}

function learnNames(): Names | undefined {
  const buffer = Buffer.alloc(1)
  const callback = (): boolean => true
  // Node's types do not know that its constructor takes it, too.
  const socket = new Socket({ onread: { buffer, callback } } as SocketConstructorOpts)
  const nameOf = (value: unknown) => Reflect.ownKeys(socket).find(name => socket[name as keyof Socket] === value)
  const found = { buffer: nameOf(buffer), callback: nameOf(callback) }
  socket.destroy()
  return found.buffer === undefined || found.callback === undefined ? undefined : (found as Names)
}
