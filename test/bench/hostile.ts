/** What a sender can do to cost the gate more than his message's size, and what the others notice of it. */
import type { Bench, Measurement } from './bench.ts'
import { Client } from './clients/client.ts'
import type { Load } from './clients/load.ts'
import { outlineOf, type Content } from './clients/outline.ts'
import { inTurns, type Contender } from './in-turns.ts'
import { sameFate, usualPolicies } from './policies.ts'
import { atMost, type Row } from './row.ts'

type Attack = Pick<Load, 'protocol' | 'recipients' | 'content'>

/** `plain`: what is of the same size. `looks`: a policy asks what parts there are, and delivers what is unreadable, or puts it into quarantine, and the plain message as well. */
type Case = {
  readonly name: string
  readonly attack: Attack
  readonly plain: Attack & { readonly past?: 'the gate' }
  /** Transactions of the plain kind that make up one of the hostile. */
  readonly times?: number
  readonly looks?: keyof typeof lookingPolicies
}

/** The domain of other people's mail. */
const others = 'others.test'
const one = { kind: 'same', count: 1, domain: sameFate } as const
const toOthers = { ...one, domain: others } as const
const size = 50_000_000

function content(hostile: Content, subject = 'bench'): Pick<Case, 'attack' | 'plain'> {
  const message = { protocol: 'lmtp', recipients: one } as const
  const same: Content = { kind: 'text', size: outlineOf(hostile).octets, subject }
  return { attack: { ...message, content: hostile }, plain: { ...message, content: same } }
}

/** The sender himself is slow with packets of one octet, so he is compared with himself. */
const octets = { protocol: 'lmtp octetwise', recipients: one, content: { kind: 'text', size: 500_000 } } as const
const short: Content = { kind: 'text', size: 1_000 }

const cases: readonly Case[] = [
  { name: '50 MB of lines `..`', ...content({ kind: 'dots', size }) },
  { name: '50 MB of bare LF', ...content({ kind: 'bare LF', size }) },
  { name: '500 KB in packets of one octet', attack: octets, plain: { ...octets, past: 'the gate' } },
  {
    name: '100 000 RCPT attempts',
    attack: { protocol: 'lmtp attempts', recipients: { ...one, count: 99_999, detail: 'shop' }, content: short },
    plain: { protocol: 'lmtp', recipients: { ...one, count: 50 }, content: short },
    times: 2_000,
  },
  { name: '100 000 headers', ...content({ kind: 'headers', count: 100_000 }) },
  { name: '10 000 MIME parts', ...content({ kind: 'parts', count: 10_000 }) },
  { name: '10 000 MIME parts, looked at', ...content({ kind: 'parts', count: 10_000 }), looks: 'deliver' },
  {
    name: '10 000 MIME parts, in quarantine',
    ...content({ kind: 'parts', count: 10_000 }, 'kept'),
    looks: 'quarantine',
  },
  { name: '100 000 headers, looked at', ...content({ kind: 'headers', count: 100_000 }), looks: 'deliver' },
]

export const hostile: readonly Measurement[] = cases.map(each => ({
  name: `hostile: ${each.name}`,
  quick: false,
  run: bench => measure(bench, each),
}))

/** `seconds` for one message, and the others' p99 (ms) meanwhile. */
type Sample = { readonly rate: number; readonly seconds: number; readonly p99: number }

async function measure(bench: Bench, { name, attack, plain, times = 1, looks }: Case): Promise<readonly Row[]> {
  const gate = await bench.servers.gate(gateThat(looks, (await bench.servers.secondSink()).port))
  const past = plain.past === undefined ? gate : await bench.servers.sink()
  const witness = new Client()
  const work = `hostile: ${name}`
  try {
    const contenders = [
      contender(bench, witness, gate.port, { name: 'hostile', port: gate.port, load: attack, times: 1 }),
      contender(bench, witness, gate.port, { name: 'plain', port: past.port, load: plain, times }),
    ]
    const [ours = [], theirs = []] = await inTurns(contenders, bench, { work, first: 1 })
    const beside = plain.past === undefined ? 'plain content' : 'the same past the gate'
    const row = { as: 'ratio', bar: atMost(2) } as const
    const of = (samples: readonly Sample[], what: 'seconds' | 'p99'): number[] => samples.map(each => each[what])
    return [
      {
        ...row,
        work,
        quantity: 's',
        ours: of(ours, 'seconds'),
        beside: { name: beside, samples: of(theirs, 'seconds') },
      },
      {
        ...row,
        work: `${work}: others' p99`,
        quantity: 'ms',
        ours: of(ours, 'p99'),
        beside: { name: beside, samples: of(theirs, 'p99') },
      },
    ]
  } finally {
    await witness.stop()
  }
}

const lookingPolicies = {
  deliver: 'attachments: { block: ["*.exe", "*.js"], unreadable: deliver }\n',
  quarantine: `attachments: { block: ["*.exe", "*.js"] }
rules:
  - { when: { subject: kept }, then: quarantine }
`,
} as const

/** What others send goes to a next hop of its own, `nextHop`: they may wait for the gate, but not for a sink that is busy. */
function gateThat(looks: Case['looks'], nextHop: number): { name: string; policies: Readonly<Record<string, string>> } {
  const forOthers = { [`${others}/_domain`]: `next_hop: inet:127.0.0.1:${nextHop}\n` }
  if (looks === undefined) return { name: 'gate of many', policies: { ...usualPolicies, ...forOthers } }
  return { name: `gate that looks at parts, ${looks}`, policies: { default: lookingPolicies[looks], ...forOthers } }
}

type Side = { readonly name: string; readonly port: number; readonly load: Attack; readonly times: number }

/** The witness sends small messages all the while. */
function contender(bench: Bench, witness: Client, gate: number, side: Side): Contender<Sample> {
  return {
    name: side.name,
    async measure(messages) {
      const pace = { kind: 'open', rate: 100, seconds: 600 } as const
      const small = { protocol: 'lmtp', recipients: toOthers, content: { kind: 'text', size: 5_000 } } as const
      const witnessed = witness.send({ ...small, port: gate, sessions: 10, pace })
      const sent = { kind: 'closed', messages: messages * side.times } as const
      const attack = bench.client.send({ ...side.load, port: side.port, sessions: 1, pace: sent })
      const [measured, { latency }] = await Promise.all([attack.finally(() => witness.enough()), witnessed])
      const seconds = (measured.seconds / measured.messages) * side.times
      return { rate: 1 / seconds, seconds, p99: latency.p99 }
    },
  }
}
