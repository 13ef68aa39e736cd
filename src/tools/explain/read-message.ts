/** A message from a file or from standard input, as the gate would have taken it: by the same spool, with its newlines mended. */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Intake } from '../../accept/intake.ts'
import { Spool } from '../../accept/spool.ts'
import { nothing } from '../../transaction.ts'
import type { Message, NoMessage } from '../../transaction.ts'

/** Where messages rest while they are looked at. `close` takes it away. */
export type Rest = { readonly spool: Spool; readonly close: () => void }

/** `limit` in octets; `parent`: a folder in which it makes one of its own. */
export function openRest(limit: number, parent: string): Rest {
  const folder = mkdtempSync(join(parent, 'lmtp-gate-look-'))
  const memory = 16 * 1024 * 1024
  return {
    spool: new Spool({ folder, memory, total: memory, limit }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Rejects if it cannot be read. */
export async function readMessage(source: AsyncIterable<Buffer>, { spool }: Rest): Promise<Message | NoMessage> {
  // Files have the newlines of their system, which are no fault of the message.
  const intake = new Intake('BDAT', spool.receive(nothing), 'normalize')
  try {
    for await (const chunk of source) {
      intake.write(chunk)
      if (intake.isFull) await new Promise<void>(resolve => intake.whenWritable(resolve))
    }
  } catch (error) {
    intake.discard()
    throw error
  }
  return intake.end()
}
