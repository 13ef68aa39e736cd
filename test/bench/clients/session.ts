/** What a client process has several of: one message after the other, each answered before the next. */
import type { Socket } from 'node:net'
import { nextHead, type Outline } from './outline.ts'

export type Session = {
  /** Resolves when the message is answered; rejects if it was refused. */
  send(outline: Outline): Promise<void>
  close(): void
}

/** As fast as the other side takes it; `tail` goes out with the last block. */
export async function write(socket: Socket, { block, blocks }: Outline, tail: string | Buffer): Promise<void> {
  socket.cork()
  socket.write(nextHead(), 'latin1')
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
