/** What `what-if` says of a gate's decisions is what another gate does with the other policies. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { send } from '../../src/tools/demo/client.ts'
import { whatIf } from '../../src/tools/what-if/run.ts'
import { everyDecision } from '../../src/watch/decisions/search.ts'
import { FakeClock } from '../support/clock.ts'
import { messages, recipients, senders, trees } from '../support/decided-mail.ts'
import { startGate, type TestGate } from '../support/gate.ts'
import { ModelHop } from '../support/model-hop.ts'
import { dovecotOffers } from '../support/next-hop.ts'
import { PaperScreen } from '../support/paper-screen.ts'

/** A gate that has seen all messages. `actions`: by number of the transaction and recipient; `ids` of the transactions, in order. */
type Seen = { readonly gate: TestGate; readonly actions: ReadonlyMap<string, string>; readonly ids: readonly string[] }

type Cases = {
  readonly cases: readonly { source: string; recipient: string; from: string; to: string; guarded: string | null }[]
}

describe('what-if', () => {
  const clock = new FakeClock()
  const hop = new ModelHop('inet', dovecotOffers)
  const all: Seen[] = []
  before(async () => {
    await hop.listen()
    for (const tree of trees) all.push(await gateOf(tree, hop, clock))
  })
  after(async () => {
    for (const { gate } of all) await gate.close()
    hop.close()
  })

  for (const i of trees.keys())
    for (const j of [i, (i + 1) % trees.length])
      it(`foretells what tree ${j + 1} does with the mail of tree ${i + 1}`, async () => {
        const [was, is] = [all[i] ?? assert.fail(), all[j] ?? assert.fail()]
        const screen = new PaperScreen()
        const config = join(was.gate.folder, 'lmtp-gate.yaml')
        const rules = join(is.gate.folder, 'rules')
        const exitCode = await whatIf([], { rules, config, list: true, json: true, cores: '2' }, screen)
        assert.equal(screen.err, '')
        const { cases } = JSON.parse(screen.out) as Cases
        assert.equal(exitCode, i === j ? 0 : 2, screen.out)
        if (i === j) assert.deepEqual(cases, [])
        const fates = new Map(cases.map(one => [`${was.ids.indexOf(one.source)} ${one.recipient}`, one]))
        let unknown = 0
        for (const [key, action] of was.actions) {
          const fate = fates.get(key)
          const then = is.actions.get(key)
          if (fate !== undefined) assert.equal(fate.from, action, key)
          if (fate?.to === '?') unknown += 1
          else assert.equal(fate?.guarded ?? fate?.to ?? action, then, `${key}: ${JSON.stringify(fate)}`)
        }
        assert.ok(was.actions.size - unknown > 20, `${unknown} of ${was.actions.size} unknown`)
        assert.equal(was.actions.size, senders.length * messages.length * recipients.length)
      })
})

async function gateOf(tree: Readonly<Record<string, string>>, hop: ModelHop, clock: FakeClock): Promise<Seen> {
  const gate = await startGate({
    nextHops: [hop.endpoint],
    clock,
    rules: new Map(Object.entries(tree)),
    settings: new Map([
      ['scanners.header', '{ score: X-Spam-Score }'],
      ['trust_authserv', 'mx.example.org'],
      ['decisions', 'decisions'],
    ]),
  })
  for (const sender of senders) for (const message of messages) await send(gate.endpoint, sender, recipients, message)
  await gate.drain()
  const actions = new Map<string, string>()
  const ids: string[] = []
  for await (const decision of everyDecision(join(gate.folder, 'decisions'))) {
    if (decision === 'broken') assert.fail('a broken line')
    if (!ids.includes(decision.id)) ids.push(decision.id)
    for (const { recipient, verdict } of decision.recipients)
      actions.set(`${ids.indexOf(decision.id)} ${recipient.path}`, verdict.action)
  }
  return { gate, actions, ids }
}
