/** How many messages a second get through the gate, and what processor time each costs, beside no proxy and other proxies. */
import type { Bench, Measurement } from './bench.ts'
import { cases, type Case } from './cases.ts'
import { inTurns, type Contender } from './in-turns.ts'
import { usualPolicies } from './policies.ts'
import { atMost, type Row } from './row.ts'
import { send, sessions } from './send.ts'
import { processorTime } from './servers/proc.ts'
import type { Server } from './servers/server.ts'

/** Of Dovecot's proxy's processor time. */
const processorBar = atMost(0.25)

export const speed: readonly Measurement[] = cases.map(work => ({
  name: work.name,
  quick: true,
  run: bench => measureSpeed(bench, work),
}))

/** `processor` in µs a message. */
type Sample = { readonly rate: number; readonly processor: number }

async function measureSpeed(bench: Bench, work: Case): Promise<readonly Row[]> {
  const { servers } = bench
  const gate = await servers.gate({ name: 'usual gate', policies: usualPolicies })
  const amavis = work.withAmavis ? await servers.amavis() : undefined
  const peers = [await servers.sink(), await servers.dovecotProxy(), amavis].filter(peer => peer !== undefined)
  const contenders = [gate, ...peers].map(server => contender(bench, work, server))
  const [ours = [], ...theirs] = await inTurns(contenders, bench, { work: work.name, first: sessions * 5 })
  return peers.flatMap((peer, i) => rowsBeside(work, ours, peer, theirs[i] ?? []))
}

function rowsBeside(work: Case, ours: readonly Sample[], peer: Server, theirs: readonly Sample[]): readonly Row[] {
  const row = { work: work.name, as: 'ratio' } as const
  const rate: Row = {
    ...row,
    quantity: 'messages/s',
    ours: ours.map(sample => sample.rate),
    beside: { name: peer.name, samples: theirs.map(sample => sample.rate) },
    bar: work.bars[peer.name],
  }
  if (peer.group === undefined) return [rate]
  const processor: Row = {
    ...row,
    quantity: 'µs a message',
    ours: ours.map(sample => sample.processor),
    beside: { name: peer.name, samples: theirs.map(sample => sample.processor) },
    bar: peer.name === "Dovecot's proxy" ? processorBar : undefined,
  }
  return [rate, processor]
}

function contender(bench: Bench, work: Case, server: Server): Contender<Sample> {
  return {
    name: server.name,
    learns: server.name === 'lmtp-gate',
    async measure(messages) {
      const before = server.group === undefined ? 0 : processorTime(server.group)
      const seconds = await send(bench, work, server, messages)
      const spent = server.group === undefined ? 0 : processorTime(server.group) - before
      return { rate: messages / seconds, processor: spent / messages }
    },
  }
}
