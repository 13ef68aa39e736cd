/** The SHA-256 of a message, reckoned once however many ask. */
import { createHash } from 'node:crypto'
import type { Message } from '../../transaction.ts'
import { whole } from '../../whole.ts'

const digests = new WeakMap<Message, Promise<string>>()

/** In base64. Rejects if the message cannot be read to its end. */
export function digest(message: Message): Promise<string> {
  const known = digests.get(message)
  if (known !== undefined) return known
  const fresh = reckon(message)
  digests.set(message, fresh)
  return fresh
}

async function reckon(message: Message): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of whole(message)) hash.update(piece)
  return hash.digest('base64')
}
