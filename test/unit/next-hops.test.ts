/** Recipients whose policies name next hops of their own: each is asked at his, and nobody waits for two. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { endpointText } from '../../src/deliver/endpoint.ts'
import { Client } from '../support/client.ts'
import { FakeClock } from '../support/clock.ts'
import { startGate, type TestGate } from '../support/gate.ts'
import { kindly, ModelHop } from '../support/model-hop.ts'
import { dovecotOffers } from '../support/next-hop.ts'

type Site = { readonly gate: TestGate; readonly usual: ModelHop; readonly other: ModelHop; readonly clock: FakeClock }

/** Bob and Ben are at the other next hop. */
async function withSite(
  task: (site: Site) => Promise<void>,
  settings: ReadonlyMap<string, string> = new Map(),
  offers: readonly string[] = dovecotOffers,
): Promise<void> {
  const usual = new ModelHop('inet', [...dovecotOffers, 'SMTPUTF8'])
  const other = new ModelHop('unix', offers)
  await usual.listen()
  await other.listen()
  const clock = new FakeClock()
  const rules = new Map([
    ['example.org/_moved.yaml', `for: [bob@example.org, ben@example.org]\nnext_hop: ${endpointText(other.endpoint)}\n`],
    ['example.org/_stays.yaml', `for: [carl@example.org]\nnext_hop: ${endpointText(usual.endpoint)}\n`],
    ['example.org/ben.yaml', 'rules:\n  - { folder: Lists, headers: { X-Sorted: list } }\n'],
    ['example.org/anna.yaml', 'rules:\n  - { headers: { X-Sorted: list } }\n'],
  ])
  const gate = await startGate({ nextHops: [usual.endpoint], clock, rules, settings })
  try {
    await task({ gate, usual, other, clock })
  } finally {
    usual.close()
    other.close()
    await gate.close()
  }
}

async function transaction(client: Client, names: readonly string[]): Promise<{ rcpts: string[]; finals: string[] }> {
  client.say('MAIL FROM:<a@x.example>', ...names.map(name => `RCPT TO:<${name}@example.org>`))
  await client.expect(250)
  const rcpts = await client.replies(names.length)
  await client.ask('DATA')
  client.say('Subject: x', '', 'text', '.')
  const finals = await client.replies(rcpts.filter(({ code }) => code < 300).length)
  return { rcpts: rcpts.map(line), finals: finals.map(line) }
}

function line({ lines }: { readonly lines: readonly string[] }): string {
  return lines.join('|').replace(/#\d+/, '#')
}

const saved = (name: string) => `250 2.0.0 saved # <${name}@example.org>`

describe('several next hops', () => {
  it('get each their own recipients of one message, and every reply goes to its place', async () => {
    await withSite(async ({ gate, usual, other }) => {
      const client = await Client.greet(gate.endpoint)
      const { finals } = await transaction(client, ['alice', 'bob', 'anna', 'ben', 'alice'])
      assert.deepEqual(finals, [saved('alice'), saved('bob'), saved('anna'), saved('ben+Lists'), saved('alice')])
      assert.deepEqual(usual.taken, ['alice@example.org', 'alice@example.org', 'anna@example.org'])
      assert.deepEqual(other.taken, ['bob@example.org', 'ben+Lists@example.org'])
      const log = gate.log().join('\n')
      assert.match(log, new RegExp(`to=<alice@example.org>, relay=${endpointText(usual.endpoint)}`))
      assert.match(log, new RegExp(`to=<bob@example.org>, relay=${endpointText(other.endpoint)}`))
      client.peer.close()
    })
  })

  it('answer at RCPT for themselves: unknown at one, out of reach at the other', async () => {
    await withSite(async ({ gate, usual, other }) => {
      other.fates = { ...kindly, rcpt: path => (path.startsWith('bob') ? '550 5.1.1 no bob' : '250 2.1.5 ok') }
      const client = await Client.greet(gate.endpoint)
      const first = await transaction(client, ['bob', 'alice', 'ben'])
      assert.match(first.rcpts[0] ?? '', /^550 5\.1\.1 no bob/)
      assert.deepEqual(first.finals, [saved('alice'), saved('ben+Lists')])
      other.close()
      const second = await transaction(client, ['alice', 'bob'])
      assert.match(second.rcpts[1] ?? '', /^451 4\.4\.1 /)
      assert.deepEqual(second.finals, [saved('alice')])
      assert.equal(usual.taken.length, 2)
      client.peer.close()
    })
  })

  it('are not waited for by who holds a connection to another already', async () => {
    await withSite(
      async ({ gate, clock }) => {
        const holder = await Client.greet(gate.endpoint)
        await holder.ask('MAIL FROM:<a@x.example>')
        assert.equal((await holder.ask('RCPT TO:<bob@example.org>')).code, 250)
        const client = await Client.greet(gate.endpoint)
        const before = clock.now()
        const { rcpts, finals } = await transaction(client, ['alice', 'bob'])
        assert.match(rcpts[1] ?? '', /^451 4\.3\.2 /)
        assert.deepEqual(finals, [saved('alice')])
        assert.equal(clock.now(), before)
        holder.peer.close()
        client.peer.close()
      },
      new Map([['next_hop_connections', '1']]),
    )
  })

  it('are one where a policy names the one that everybody has: one transaction, and no connections of its own', async () => {
    await withSite(async ({ gate, usual }) => {
      const client = await Client.greet(gate.endpoint)
      const { finals } = await transaction(client, ['alice', 'carl'])
      assert.deepEqual(finals, [saved('alice'), saved('carl')])
      assert.equal(usual.said.filter(({ place }) => place.stage === 'greeting').length, 1)
      assert.equal(usual.said.filter(({ place }) => place.stage === 'MAIL').length, 1)
      client.peer.close()
    })
  })

  it('offer together only what each of them can do', async () => {
    await withSite(async ({ gate }) => {
      const client = await Client.greet(gate.endpoint)
      assert.ok((await client.ask('LHLO x.example')).lines.some(keyword => keyword.endsWith('SMTPUTF8')))
      await transaction(client, ['bob'])
      assert.ok(!(await client.ask('LHLO x.example')).lines.some(keyword => keyword.endsWith('SMTPUTF8')))
      client.peer.close()
    })
  })
})
