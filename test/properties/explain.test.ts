/** `explain` comes to the verdict that the gate comes to, for the same message from the same sender to the same recipient, then and afterwards. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openSources, type OpenSources } from '../../src/assess/sources.ts'
import { formatProblem } from '../../src/decide/problem.ts'
import type { Rules } from '../../src/decide/rules.ts'
import { loadRules } from '../../src/load-rules.ts'
import { send } from '../../src/tools/demo/client.ts'
import { examine } from '../../src/tools/explain/examine.ts'
import { openRest, readMessage, type Rest } from '../../src/tools/explain/read-message.ts'
import { recall } from '../../src/tools/explain/recall.ts'
import { everyDecision } from '../../src/watch/decisions/search.ts'
import { becauseText, placeText } from '../../src/watch/log.ts'
import { FakeClock } from '../support/clock.ts'
import { messages, recipients, senders, trees } from '../support/decided-mail.ts'
import { asLogged, loggedVerdict } from '../support/logged-verdict.ts'
import { startGate, type TestGate } from '../support/gate.ts'
import { ModelHop } from '../support/model-hop.ts'
import { dovecotOffers } from '../support/next-hop.ts'

describe('explain', () => {
  const clock = new FakeClock()
  const hop = new ModelHop('inet', dovecotOffers)
  let rest: Rest
  before(async () => {
    await hop.listen()
    rest = openRest(1024 * 1024, tmpdir())
  })
  after(() => {
    hop.close()
    rest.close()
  })

  for (const [i, tree] of trees.entries())
    it(`comes to the gate's verdicts with tree ${i + 1}`, async () => {
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
      const rules = loadRules(gate.config, clock)
      if ('problems' in rules) assert.fail(rules.problems.map(formatProblem).join('\n'))
      const sources = await openSources({ ...gate.config, clock, onEvent: () => undefined, onScan: () => undefined })
      const seen = new Set<string>()
      for (const sender of senders)
        for (const message of messages) {
          const byGate = await verdictsOf(gate, sender, message)
          assert.deepEqual(await explained(rules.current, sources, rest, clock, sender, message, byGate), byGate)
          for (const verdict of byGate) seen.add(/^action=\w+/.exec(verdict)?.[0] ?? '')
        }
      assert.ok(seen.size >= 4, [...seen].join())
      await sources.close()
      await gate.drain()
      assert.deepEqual(await recalled(join(gate.folder, 'decisions'), rules.current), {
        same: senders.length * messages.length * recipients.length,
        other: [],
      })
      await gate.close()
    })
})

/** Of each recipient, as the log has them. */
async function verdictsOf(gate: TestGate, sender: string, message: string): Promise<readonly string[]> {
  const before = gate.log().length
  await send(gate.endpoint, sender, recipients, message)
  const lines = gate.log().slice(before)
  return recipients.map(path => {
    const line = lines.find(text => text.includes(`to=<${path}>`)) ?? ''
    return loggedVerdict(line)
  })
}

async function explained(
  rules: Rules,
  sources: OpenSources,
  rest: Rest,
  clock: FakeClock,
  from: string,
  text: string,
  byGate: readonly string[],
): Promise<readonly string[]> {
  const message = await readMessage(only(Buffer.from(text)), rest)
  if (typeof message === 'string') assert.fail(message)
  const sender = { path: from, params: [], size: message.size, body: undefined, smtputf8: false }
  const asked = recipients.map(path => ({ path, params: [] }))
  const question = { sender, recipients: asked, client: undefined, message, given: undefined }
  const examined = await examine(question, rules, sources, clock)
  message.discard()
  return examined.map((one, i) => {
    if ('broken' in one) return 'action=defer, because="broken policy: file cannot be used", policy="built in"'
    return asLogged(one.verdict ?? assert.fail('no verdict'), one.trial?.verdict, byGate[i] ?? '')
  })
}

/** What was taken down, decided again by the facts that were taken down with it. */
async function recalled(
  folder: string,
  rules: Rules,
): Promise<{ readonly same: number; readonly other: readonly string[] }> {
  const other: string[] = []
  let same = 0
  for await (const decision of everyDecision(folder)) {
    if (decision === 'broken') assert.fail('a broken line')
    for (const [i, one] of recall([decision], () => true, rules).entries()) {
      const then = decision.recipients[i]?.verdict ?? assert.fail()
      const now = 'broken' in one ? brokenThen : one.verdict
      const words = (verdict: typeof then | undefined) =>
        verdict && `${verdict.action} ${becauseText(verdict.because)} ${placeText(verdict.place)}`
      if (words(now) === words(then)) same += 1
      else other.push(`${words(then)}, but now ${words(now) ?? 'nothing'}`)
    }
  }
  return { same, other }
}

const brokenThen = {
  action: 'defer',
  because: { step: 'broken policy', words: 'file cannot be used' },
  place: 'built in',
} as const

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(bytes)
}
