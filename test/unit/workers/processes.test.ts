/** Several processes, as `serve` runs them, in front of a next hop that remembers what it took. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { cleanUp, later } from '../../support/cleanup.ts'
import { Client } from '../../support/client.ts'
import { ModelHop } from '../../support/model-hop.ts'
import { dovecotOffers } from '../../support/next-hop.ts'
import { isAlive, Served, servedSite } from '../../support/served.ts'
import type { ServedSite } from '../../support/served.ts'
import { eventually } from '../../support/turns.ts'

async function site(...settings: readonly string[]): Promise<{ readonly hop: ModelHop; readonly site: ServedSite }> {
  const hop = new ModelHop('unix', dovecotOffers)
  await hop.listen()
  later(() => hop.close())
  return { hop, site: await servedSite(hop.endpoint, 'workers: 2', ...settings) }
}

async function begin(client: Client, ...to: readonly string[]): Promise<void> {
  client.say('MAIL FROM:<x@sender.example>', ...to.map(path => `RCPT TO:<${path}>`), 'DATA')
  for (const code of [250, ...to.map(() => 250), 354]) await client.expect(code)
}

async function send(client: Client, ...to: readonly string[]): Promise<void> {
  await begin(client, ...to)
  client.say('hello', '.')
  for (const { code } of await client.replies(to.length)) assert.equal(code, 250)
}

/** Processes that logged something of a recipient. */
function processesOf({ log }: Served): ReadonlySet<string> {
  return new Set(Array.from(log.matchAll(/^.* lmtp-gate\[(\d+)\]: .*, to=</gm), ([, pid = '']) => pid))
}

describe('two workers', () => {
  afterEach(cleanUp)

  it('share sessions, sockets, the log and the metrics; SIGTERM lets both finish', async () => {
    const { hop, site: files } = await site()
    const gate = await Served.start(files)
    assert.equal(statSync(files.unix.path).mode & 0o777, 0o666)
    const clients = [await Client.greet(files.unix), await Client.greet(files.inet), await Client.greet(files.unix)]
    for (const [i, client] of clients.entries()) await send(client, `a${i}@example.org`, `b${i}@example.org`)
    assert.equal(hop.taken.length, 6)
    await eventually(
      () => (gate.log.match(/, to=</g) ?? []).length === 6,
      () => gate.log,
    )
    assert.deepEqual([...processesOf(gate)].map(Number).sort(), [...gate.workers].sort())
    await gate.counts('lmtp_gate_workers', 2)
    await gate.counts('lmtp_gate_sessions', 3)
    await gate.counts(
      'lmtp_gate_recipients_total{stage="end of data",action="deliver",step="default",status="sent"}',
      6,
    )
    await gate.counts('lmtp_gate_next_hop_connections_limit', 50)
    assert.equal(await gate.ask('/readyz'), '200 ready\n')
    assert.deepEqual(readdirSync(join(files.folder, 'var/spool')).sort(), ['worker-1', 'worker-2'])
    const { workers } = gate
    for (const [i, client] of clients.entries()) await begin(client, `z${i}@example.org`)
    gate.signal('SIGTERM')
    await gate.says('stopping, running transactions finish')
    for (const client of clients) {
      client.say('hello', '.')
      await client.expect(250)
    }
    assert.equal(await gate.end(), 0)
    assert.deepEqual(workers.filter(isAlive), [])
    assert.equal(hop.taken.length, 9)
    assert.equal(existsSync(files.unix.path), false)
  })

  it('a second signal ends them at once', async () => {
    const { hop, site: files } = await site()
    const gate = await Served.start(files)
    const { workers } = gate
    const clients = [await Client.greet(files.unix), await Client.greet(files.inet)]
    for (const [i, client] of clients.entries()) await begin(client, `u${i}@example.org`)
    gate.signal('SIGTERM')
    await gate.says('stopping, running transactions finish')
    gate.signal('SIGTERM')
    assert.equal(await gate.end(), 1)
    await eventually(
      () => !workers.some(isAlive),
      () => 'a worker lives on',
    )
    assert.deepEqual(hop.taken, [])
  })

  it('when the first process is killed, workers finish what they have, and another can take its place at once', async () => {
    const { hop, site: files } = await site()
    const gate = await Served.start(files)
    const client = await Client.greet(files.unix)
    await begin(client, 'ann@example.org')
    gate.signal('SIGKILL')
    const next = await Served.start(files)
    client.say('hello', '.')
    await client.expect(250)
    assert.deepEqual(hop.taken, ['ann@example.org'])
    await eventually(
      () => !gate.workers.some(isAlive),
      () => 'a worker lives on',
    )
    await send(await Client.greet(next.site.unix), 'bob@example.org')
  })

  it('one that cannot start keeps the gate from starting', async () => {
    const { site: files } = await site()
    mkdirSync(join(files.folder, 'var/spool'), { recursive: true })
    writeFileSync(join(files.folder, 'var/spool/worker-2'), 'no folder')
    const gate = new Served(files)
    assert.equal(await gate.end(), 1)
    assert.match(gate.log, /error: cannot start: cause="the folder of spool cannot be used: EEXIST/)
    assert.match(gate.log, /error: cannot start: cause="a worker could not start"\n$/)
    assert.equal(existsSync(files.unix.path), false)
  })
})

describe('of two workers', () => {
  let hop: ModelHop
  let gate: Served
  let files: ServedSite

  before(async () => {
    const made = await site()
    hop = made.hop
    files = made.site
    gate = await Served.start(files)
  })
  after(cleanUp)

  it('one is killed under load: the other answers everybody, and it is replaced', async () => {
    const promised: string[] = []
    let lost = 0
    let isOver = false
    const goesOn = (): boolean => !isOver
    const load = async (name: number): Promise<void> => {
      for (let n = 0; goesOn();) {
        const client = await Client.greet(files.unix)
        try {
          for (; goesOn(); n += 1) {
            const to = [`c${name}.${n}.a@example.org`, `c${name}.${n}.b@example.org`]
            await send(client, ...to)
            promised.push(...to)
          }
        } catch {
          // Only an end of the session is forgiven: a wrong reply would not have ended it.
          assert.ok(client.peer.ended)
          lost += 1
          n += 1
        } finally {
          client.peer.close()
        }
      }
    }
    const loads = Array.from({ length: 6 }, (_, name) => load(name))
    await eventually(
      () => promised.length > 100 && processesOf(gate).size === 2,
      () => `only ${promised.length}: ${gate.log}`,
    )
    const [victim = 0, other = 0] = gate.workers
    const before = await gate.metric('lmtp_gate_sessions_total')
    process.kill(victim, 'SIGKILL')
    await eventually(
      () => gate.workers.length === 2 && !gate.workers.includes(victim),
      () => gate.log,
    )
    const soFar = promised.length
    await eventually(
      () => promised.length > soFar + 100,
      () => gate.log,
    )
    isOver = true
    await Promise.all(loads)
    assert.equal(lost, 3)
    assert.ok(gate.workers.includes(other))
    const taken = new Set(hop.taken)
    assert.deepEqual(
      promised.filter(path => !taken.has(path)),
      [],
    )
    assert.match(
      gate.log,
      new RegExp(`warning: worker ended: worker=\\d, process=${victim}, cause=SIGKILL, connections=3,`),
    )
    assert.equal(statSync(files.unix.path).mode & 0o777, 0o666)
    assert.equal(await gate.metric('lmtp_gate_workers_replaced_total'), 1)
    // What the dead one had counted at the last scrape stays counted.
    assert.ok(((await gate.metric('lmtp_gate_sessions_total')) ?? 0) >= (before ?? 0) + 3)
    const lines = gate.log.split('\n').slice(0, -1)
    assert.deepEqual(
      lines.filter(line => !/^\w{3} [ \d]\d [\d:]{8} \S+ lmtp-gate\[\d+\]: .*(?:\)|=\S+|")$/.test(line)),
      [],
    )
    for (const pid of [other, ...gate.workers]) assert.ok(isInOrder(lines, pid), `lines of ${pid} are out of order`)
  })

  it('both look at the policy files on SIGHUP', async () => {
    const reported = (pid: number): boolean => new RegExp(`\\[${pid}\\]: policies reloaded: `).test(gate.log)
    gate.signal('SIGHUP')
    await eventually(
      () => gate.workers.every(reported),
      () => gate.log,
    )
  })

  it('all are killed: whoever connects meanwhile is served as soon as one is there again', async () => {
    const killed = gate.workers
    for (const pid of killed) process.kill(pid, 'SIGKILL')
    await eventually(
      () => gate.workers.length === 0,
      () => gate.log,
    )
    // Unless another is there again by now.
    assert.match(await gate.ask('/readyz'), /^(?:503 no worker is|200) ready\n$/)
    assert.ok(existsSync(files.unix.path))
    const client = await Client.greet(files.unix)
    await send(client, 'ann@example.org')
    client.peer.close()
    await eventually(
      () => gate.workers.length === 2,
      () => gate.log,
    )
  })

  it('a connection that a worker has not taken when it dies goes to another', async () => {
    const [stuck = 0] = gate.workers
    process.kill(stuck, 'SIGSTOP')
    const clients = [await Client.connect(files.unix), await Client.connect(files.unix)]
    await eventually(
      () => clients.some(client => client.peer.hasLine()),
      () => 'nobody is greeted',
    )
    process.kill(stuck, 'SIGKILL')
    for (const client of clients) {
      await client.expect(220)
      client.peer.close()
    }
    await eventually(
      () => gate.workers.length === 2 && !gate.workers.includes(stuck),
      () => gate.log,
    )
  })

  it('a worker that is told to end finishes what it has, and is replaced', async () => {
    const clients = [await Client.greet(files.unix), await Client.greet(files.unix)]
    for (const [i, client] of clients.entries()) await begin(client, `u${i}@example.org`)
    const [first = 0] = gate.workers
    process.kill(first, 'SIGTERM')
    await gate.says('worker stopping')
    await send(await Client.greet(files.unix), 'new@example.org')
    for (const client of clients) {
      client.say('hello', '.')
      await client.expect(250)
    }
    await eventually(
      () => gate.workers.length === 2 && !gate.workers.includes(first),
      () => gate.log,
    )
    assert.deepEqual(hop.taken.slice(-3).sort(), ['new@example.org', 'u0@example.org', 'u1@example.org'])
  })
})

/** Lines of one process about one client's messages, which it sent one after the other: `c<client>.<message>.a@…`. */
function isInOrder(lines: readonly string[], pid: number): boolean {
  const last = new Map<string, number>()
  return lines.every(line => {
    const [, client = '', message] = line.includes(` lmtp-gate[${pid}]: `)
      ? (/, to=<c(\d+)\.(\d+)\./.exec(line) ?? [])
      : []
    const before = last.get(client) ?? -1
    if (message !== undefined) last.set(client, Number(message))
    return message === undefined || Number(message) >= before
  })
}
