/** Plays Postfix for the demo: one transaction, with the client that the gate itself has for its next hop. */
import { systemClock } from '../../clock.ts'
import type { Endpoint } from '../../deliver/endpoint.ts'
import { NextHop } from '../../deliver/next-hop.ts'
import type { Downstream } from '../../deliver/downstream.ts'
import type { Outcome } from '../../deliver/outcome.ts'
import type { Reply } from '../../reply.ts'
import { nothing } from '../../transaction.ts'
import type { Message, Recipient } from '../../transaction.ts'

/** The final answer to each recipient, in their order; undefined if there was none. */
export async function send(
  gate: Endpoint,
  from: string,
  recipients: readonly string[],
  text: string,
): Promise<readonly (Reply | undefined)[]> {
  const client = new NextHop({
    endpoints: [gate],
    connections: 1,
    name: 'demo.example',
    clock: systemClock,
    onEvent: () => undefined,
  })
  const message = inMemory(text)
  const sender = { path: from, params: [`SIZE=${message.size}`], size: message.size, body: undefined, smtputf8: false }
  const transaction = client.begin(sender)
  const all = recipients.map(path => ({ recipient: { path, params: [] }, path }))
  const outcomes = await Promise.all(all.map(({ recipient }) => offered(transaction, recipient)))
  const accepted = all.flatMap((each, index) => (isPositive(outcomes[index]) ? [{ ...each, index }] : []))
  if (accepted.length > 0) {
    const group = { recipients: accepted, prefix: new Uint8Array(), message, omit: nothing }
    const now = systemClock.now()
    await transaction.deliver([group], { start: now + patience, end: now + patience }, (position, outcome) => {
      const index = accepted[position]?.index
      if (index !== undefined) outcomes[index] = outcome
    })
  }
  transaction.release()
  await client.close()
  return outcomes.map(outcome => (outcome.kind === 'answered' ? outcome.reply : undefined))
}

/** Milliseconds for one message. */
const patience = 30_000

function offered(transaction: Downstream, recipient: Recipient): Promise<Outcome> {
  return new Promise(resolve => transaction.offer(recipient, resolve))
}

function isPositive(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'answered' && outcome.reply.code < 300
}

function inMemory(text: string): Message {
  const bytes = Buffer.from(text)
  return {
    size: bytes.length,
    eightBit: 'none',
    hops: 0,
    has: () => false,
    sizeWithout: () => bytes.length,
    pieces: () => [bytes],
    discard: () => undefined,
  }
}
