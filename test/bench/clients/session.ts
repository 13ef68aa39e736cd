/** What a client process has several of: one message after the other, each answered before the next. */
import type { Socket } from 'node:net'
import { nextHead, type Outline } from './outline.ts'

export type Session = {
  /** Resolves when the message is answered; rejects if it was refused. */
  send(outline: Outline): Promise<void>
  close(): void
}

/** As fast as the other side takes it; `tail` goes out with the last block. */
export async function write(socket: Socket, outline: Outline, tail: string | Buffer): Promise<void> {
  const { opening, block, blocks } = outline
  socket.cork()
  socket.write(nextHead(), 'latin1')
  socket.write(opening)
  for (let i = 1; i < blocks; i++) {
    if (socket.write(block)) continue
    socket.uncork()
    await drained(socket)
    socket.cork()
  }
  socket.write(block)
  socket.write(tail)
  socket.uncork()
}

/** Each octet in a packet of its own. */
export async function writeOctets(
  socket: Socket,
  { opening, block, blocks }: Outline,
  tail: string | Buffer,
): Promise<void> {
  const octet = async (bytes: Buffer): Promise<void> => {
    for (let i = 0; i < bytes.length; i++) {
      await new Promise(resolve => socket.write(bytes.subarray(i, i + 1), resolve))
    }
  }
  await octet(Buffer.from(nextHead()))
  await octet(opening)
  for (let i = 0; i < blocks; i++) await octet(block)
  await octet(typeof tail === 'string' ? Buffer.from(tail) : tail)
}

function drained(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    const go = (): void => {
      socket.off('drain', go)
      socket.off('close', go)
      resolve()
    }
    socket.on('drain', go)
    socket.on('close', go)
  })
}
