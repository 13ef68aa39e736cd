/** `lmtp-gate demo`: a gate and a mail store on loopback, some messages to several recipients, and what became of each. */
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { systemClock } from '../clock.ts'
import { loadConfig, shippedRules } from '../config/config.ts'
import type { Config } from '../config/config.ts'
import { formatProblem } from '../decide/problem.ts'
import { endpointText } from '../deliver/endpoint.ts'
import { readName } from '../deliver/quarantine/names.ts'
import { loadRules } from '../load-rules.ts'
import { startGate } from '../parts.ts'
import { replyText } from '../reply.ts'
import type { Reply } from '../reply.ts'
import { sizeText } from '../units.ts'
import { placeText, silentLog } from '../watch/log.ts'
import type { Log, Settled } from '../watch/log.ts'
import { Metrics } from '../watch/metrics/metrics.ts'
import { send } from './demo/client.ts'
import { mailboxes, samples, textOf } from './demo/samples.ts'
import type { Expected, Sample } from './demo/samples.ts'
import { table, textRows } from './demo/table.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Prints to `print`; resolves with the exit code: 0 only if every reply was as the verdict says. */
export async function demo(print: (text: string) => void, rules: string = shippedRules): Promise<number> {
  const folder = temporaryFolder('demo')
  try {
    return await show({ ...configIn(folder.path), rules }, folder.path, print)
  } finally {
    folder.remove()
  }
}

async function show(config: Config, folder: string, print: (text: string) => void): Promise<number> {
  const rules = loadRules(config, systemClock)
  if ('problems' in rules) {
    print(rules.problems.map(formatProblem).join('\n'))
    return 1
  }
  const seen = new Map<string, Settled>()
  const log: Log = { ...silentLog, recipient: settled => seen.set(settled.to, settled) }
  const gate = await startGate(config, {
    rules,
    log,
    metrics: new Metrics(),
    clock: systemClock,
    knows: ({ local, domain }) => domain === 'example.org' && mailboxes.includes(local),
  })
  const [endpoint] = gate.endpoints
  if (endpoint === undefined) return 1
  print(`A gate at ${endpointText(endpoint)}, a mail store behind it, policies from ${near(config.rules)}.`)
  print('Its scanner is built in, for trying out: it knows the test patterns EICAR and GTUBE alone.')
  let isRight = true
  for (const [index, sample] of samples.entries()) {
    seen.clear()
    const paths = sample.recipients.map(({ to }) => to)
    const replies = await send(endpoint, sample.from, paths, textOf(sample))
    const rows = sample.recipients.map((expected, at) => row(expected, seen.get(expected.to), replies[at]))
    isRight &&= rows.every(each => each.isRight)
    print(`\n${index + 1}. ${introduction(sample)}\n`)
    print(
      table(
        columns,
        ['recipient', 'verdict', 'decided by', 'reply'],
        rows.map(({ cells }) => cells),
      ),
    )
  }
  await gate.drain()
  const left = [
    ['Stored:', stored(folder)],
    ['Quarantined:', quarantined(config.quarantine.folder)],
  ]
  print(`\n${textRows([12, 80], left)}`)
  const judgement = isRight ? 'Every reply was as its verdict says.' : 'NOT every reply was as its verdict says: see !'
  print(`\n${judgement} Nothing is left behind.`)
  return isRight ? 0 : 1
}

/** 100 columns with the margins. */
const columns = [21, 10, 30, 31]

function configIn(folder: string): Config {
  const loaded = loadConfig(undefined, folder)
  if ('problems' in loaded) throw new Error('defaults have no problems')
  return { ...loaded.config, listen: [{ kind: 'inet', host: '127.0.0.1', port: 0 }] }
}

function introduction({ title, from, octets, recipients }: Sample): string {
  return `${title}\n   ${sizeText(octets)} from ${from} to ${recipients.length} recipients, in one transaction`
}

/** The log says what the gate decided, the reply what the client was told: both must be what the policies are there to show. */
function row(
  expected: Expected,
  settled: Settled | undefined,
  reply: Reply | undefined,
): { readonly cells: readonly string[]; readonly isRight: boolean } {
  const told = reply === undefined ? 'none' : replyText(reply)
  if (settled === undefined) return { cells: [expected.to, '! none', '', told], isRight: false }
  const { action } = settled
  const isRight = action === expected.action && reply?.code === expected.code && replyText(settled.reply) === told
  return { cells: [expected.to, isRight ? action : `! ${action}`, decidedBy(settled), told], isRight }
}

function decidedBy({ action, reply, because, place }: Settled): string {
  if ((action === 'deliver' || action === 'junk') && reply.code >= 300) return 'the next hop'
  const where = place === 'built in' ? '' : `\n${near(placeText(place))}`
  return `${because.step}: ${because.words}${where}`
}

/** `alice 2, alice/Junk 1`: how many messages lie in each mailbox. */
function stored(folder: string): string {
  const counts = new Map<string, number>()
  for (const path of readdirSync(join(folder, 'var/mail'), { recursive: true, encoding: 'utf8' })) {
    const [, user, subfolder] = /^[^/]+\/([^/]+)(?:\/\.([^/]+))?\/new\/.+/.exec(path) ?? []
    if (user === undefined) continue
    const mailbox = subfolder === undefined ? user : `${user}/${subfolder}`
    counts.set(mailbox, (counts.get(mailbox) ?? 0) + 1)
  }
  return [...counts]
    .sort()
    .map(([mailbox, count]) => `${mailbox} ${count}`)
    .join(', ')
}

function quarantined(folder: string): string {
  const count = readdirSync(folder).filter(name => readName(name)?.state === 'kept').length
  return `${count} messages, each with its envelope and the reason`
}

/** A path as seen from here, if that is shorter. */
function near(path: string): string {
  const short = relative(process.cwd(), path)
  return short.length < path.length ? short : path
}
