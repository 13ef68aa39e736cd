/** `explain` about mail that was: for the message itself, by the same scanners, and for what was taken down of it. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { explain, type ExplainOptions } from '../../../src/tools/explain/run.ts'
import { asLogged, loggedVerdict, type AnyVerdict } from '../../support/logged-verdict.ts'
import type { Site } from './site.ts'
import { until } from './until.ts'
import type { Road } from './whereabouts.ts'

type Explained = {
  readonly to: string
  readonly verdict: AnyVerdict
  readonly trial?: { readonly verdict: AnyVerdict }
  readonly then?: { readonly isSame: boolean }
}

/** For everybody of everything that was sent, `explain` must come to the verdict of the gate, for the same reason, by the same line of the same file. */
export async function assertExplained(site: Site, { gate, sent }: Pick<Road, 'gate' | 'sent'>): Promise<void> {
  assert.ok(sent.length > 1)
  const file = join(site.folder('explained'), 'message.eml')
  for (const { from, names, message, queueId } of sent) {
    const to = names.map(name => `${name}@example.test`)
    // Log and decisions are written a moment after the replies.
    const lines = await until(`a line of ${queueId} for each`, () => linesFor(gate.log(), queueId, to))
    const byGate = lines.map(loggedVerdict)
    const same = (explained: readonly Explained[], how: string) => {
      const words = to.map((address, i) => {
        const { verdict, trial } = explained.find(one => one.to === address) ?? assert.fail(`nothing about ${address}`)
        return asLogged(verdict, trial?.verdict, byGate[i] ?? '')
      })
      assert.deepEqual(words, byGate, `${how} ${queueId}`)
    }
    writeFileSync(file, message)
    const asked = { to, from: from === '' ? '<>' : from, size: String(message.length), client: '127.0.0.1' }
    same(await ask(file, { ...asked, config: gate.config }), 'by message')
    const past = await until(`decisions of ${queueId}`, () => ask(undefined, { id: queueId, to, config: gate.config }))
    same(past, 'by id')
    for (const { then } of past) assert.equal(then?.isSame, true)
  }
}

/** In the order of the addresses; undefined: somebody's is not there yet. */
function linesFor(log: string, queueId: string, to: readonly string[]): readonly string[] | undefined {
  const lines = log.split('\n').filter(line => line.includes(` ${queueId}: `))
  const found = to.flatMap(address => lines.find(line => line.includes(` to=<${address}>`)) ?? [])
  return found.length === to.length ? found : undefined
}

/** Rejects if it was refused. */
async function ask(file: string | undefined, options: ExplainOptions): Promise<readonly Explained[]> {
  const { out, err } = await explain(file, { ...options, json: true })
  assert.equal(err, '')
  return JSON.parse(out) as readonly Explained[]
}
