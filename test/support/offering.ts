/** For tests of deliver/: a recipient offered, a connection that lies idle. */
import type { Downstream } from '../../src/deliver/downstream.ts'
import type { Outcome } from '../../src/deliver/outcome.ts'
import type { Recipient } from '../../src/transaction.ts'
import type { Peer } from './peer.ts'
import { lines, recipientOf, senderOf, type Bench } from './scripted-server.ts'

const recipient = recipientOf('a@x')

export function offerTo(downstream: Downstream, whom: Recipient): Promise<Outcome> {
  return new Promise(resolve => downstream.offer(whom, resolve))
}

export function begin({ hop }: Bench) {
  const downstream = hop.begin(senderOf('s@x'))
  return { downstream, offer: offerTo(downstream, recipient) }
}

export async function accept(peer: Peer): Promise<void> {
  await lines(peer, 2)
  peer.send('250 ok\r\n250 ok\r\n')
}

/** A connection that lies idle. */
export async function idle(bench: Bench): Promise<Peer> {
  const probe = bench.hop.probe()
  const peer = await bench.server.ready()
  await probe
  return peer
}
