/** What the parts of the hot path cost by themselves, in this process, without sockets. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Newlines } from '../../src/accept/newlines.ts'
import { addressOf } from '../../src/address.ts'
import { decide } from '../../src/decide/decide.ts'
import { factsOf, known, nothingLearned, type EnvelopeFacts } from '../../src/decide/facts.ts'
import type { Policy } from '../../src/decide/policy.ts'
import { loadRules } from '../support/live-rules.ts'
import { ReplyReader } from '../../src/deliver/reply-reader.ts'
import type { Bench, Measurement } from './bench.ts'
import { outlineOf, type Content } from './clients/outline.ts'
import { sameFate, usualPolicies } from './policies.ts'
import type { Row } from './row.ts'

export const micro: readonly Measurement[] = [{ name: 'parts of the hot path', quick: true, run }]

/** Of one measurement, in seconds: less would measure the compiler of Node. */
const long = 0.2

/** `each`: what one call of `run` does of it; MB for a speed, pieces for a time each. */
type Part = { readonly work: string; readonly quantity: 'MB/s' | 'ns'; readonly each: number; readonly run: () => void }

async function run(bench: Bench): Promise<readonly Row[]> {
  const parts = [...newlines(), replyReader(), ...policies(bench)]
  const samples = parts.map((): number[] => [])
  for (let round = 0; round <= bench.runs; round++) {
    for (const [i, { work, quantity, each, run: once }] of parts.entries()) {
      bench.progress(`${work} (${round === 0 ? 'warming up' : `${round}/${bench.runs}`})`)
      const seconds = timeOf(once, long)
      if (round > 0) samples[i]?.push(quantity === 'MB/s' ? each / seconds : (seconds * 1e9) / each)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  return parts.map(({ work, quantity }, i) => ({
    work,
    quantity,
    ours: samples[i] ?? [],
    beside: undefined,
    as: 'itself',
    bar: undefined,
  }))
}

/** Of one call, in seconds, from as many as fill the time. */
function timeOf(once: () => void, seconds: number): number {
  const start = performance.now()
  let calls = 0
  while (performance.now() - start < seconds * 1000) {
    for (let i = 0; i < 10; i++) once()
    calls += 10
  }
  return (performance.now() - start) / 1000 / calls
}

function newlines(): Part[] {
  const size = 65_536
  const contents: readonly (readonly [string, Content])[] = [
    ['lines of text', { kind: 'text', size }],
    ['lines of `..`', { kind: 'dots', size }],
    ['bare LF', { kind: 'bare LF', size }],
  ]
  return contents.map(([name, content]) => {
    const { block } = outlineOf(content)
    const codec = new Newlines(true, () => undefined)
    const each = block.length / 1e6
    return { work: `newlines, ${name}`, quantity: 'MB/s', each, run: () => void codec.write(block) }
  })
}

function replyReader(): Part {
  const replies = 50
  const bytes = '250 2.0.0 <u1@example.test> iNxoMutgAmt+IgAAg+zDdQ:R3 Saved\r\n'.repeat(replies)
  const reader = new ReplyReader()
  return { work: 'a reply read', quantity: 'ns', each: replies, run: () => void reader.read(bytes) }
}

function policies({ site }: Bench): Part[] {
  const folder = site.folder('rules of the hot path')
  for (const [path, text] of Object.entries(usualPolicies)) {
    const file = join(folder, `${path}.yaml`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const rules = loadRules(folder).current
  const recipient = addressOf(`2u@${sameFate}`)
  const lookUp = (): Policy => {
    const found = rules.policyFor(recipient, undefined)
    if ('broken' in found) throw new Error('the policy file is broken')
    return found.policy
  }
  const policy = lookUp()
  const whom = { recipient, original: undefined }
  const early = factsOf(common, whom, nothingLearned)
  const late = factsOf(common, whom, {
    ...nothingLearned,
    size: known(5_000),
    from: known([addressOf('x@sender.test')]),
  })
  return [
    { work: 'a policy looked up', quantity: 'ns', each: 1, run: () => void lookUp() },
    { work: 'a decision at RCPT', quantity: 'ns', each: 1, run: () => void decide(early, policy) },
    { work: 'a decision at end of data', quantity: 'ns', each: 1, run: () => void decide(late, policy) },
  ]
}

const common: EnvelopeFacts = {
  sender: addressOf('x@sender.test'),
  client: '192.0.2.1',
  now: 0,
  today: '2026-11-25',
  declaredSize: 5_000,
}
