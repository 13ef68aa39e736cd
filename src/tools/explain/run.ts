/** `lmtp-gate explain`: what the gate would do with a message for each recipient, and why. */
import { createReadStream } from 'node:fs'
import { MimeReader } from '../../assess/mime/mime-reader.ts'
import { openSources } from '../../assess/sources.ts'
import { systemClock } from '../../clock.ts'
import { findConfig, loadConfig } from '../../config/config.ts'
import type { Config } from '../../config/config.ts'
import { formatProblem } from '../../decide/problem.ts'
import type { Rules } from '../../decide/rules.ts'
import { loadRules } from '../../load-rules.ts'
import { replyText } from '../../reply.ts'
import { unfit } from '../../settle/sentences.ts'
import type { Message } from '../../transaction.ts'
import { parseSize } from '../../units.ts'
import type { Recorded } from '../../watch/decisions/recorded.ts'
import { transactionsOf } from '../../watch/decisions/search.ts'
import { failureOf } from '../failure.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { clientOf, envelopeOf, transactionOf, wirePath, type EnvelopeOptions } from './envelope.ts'
import { examine, type Question } from './examine.ts'
import { givenFacts, givenSources, type Given } from './given-facts.ts'
import { openRest, readMessage, type Rest } from './read-message.ts'
import { recall } from './recall.ts'
import { show, type Shown } from './show.ts'

/** As on the command line. */
export type ExplainOptions = EnvelopeOptions & {
  readonly config?: string
  /** Of a transaction in the decision log. */
  readonly id?: string
  readonly client?: string
  readonly size?: string
  readonly facts?: string
  readonly all?: true
  readonly json?: true
}

/** `out` for standard output, `err` for standard error; neither ends in a newline. */
export type Told = { readonly exitCode: number; readonly out: string; readonly err: string }

/** The command line itself is wrong. */
const usage = 2

/** What a gate does that would not start with these files. */
const meanwhile = `Nothing can be explained until the errors are mended. A gate that runs goes on with the last good
version of the administrators' files in that folder, which nobody else has; none can be started.
Mend the files, let lmtp-gate check say whether all is right, and ask again. Or ask a good copy of
the policy files meanwhile: by --config with a configuration whose rules: names it.`

/** `file`: of the message, `-` for standard input; undefined: only what is known at RCPT counts. Resolves with what to print. */
export async function explain(file: string | undefined, options: ExplainOptions): Promise<Told> {
  const asked = { client: clientOf(options.client), size: sizeOf(options.size), given: givenOf(options.facts) }
  for (const wrong of Object.values(asked)) if (typeof wrong === 'string') return complain(wrong, usage)
  const { client, size, given } = asked as Asked
  const isAboutOther = [file, client, size, given, options.from, options.orcpt].some(option => option !== undefined)
  if (options.id !== undefined && isAboutOther)
    return complain('--id asks about what was: leave out the message and all else but --to, --all and --json', usage)
  const loaded = loadConfig(findConfig(options.config, process.cwd()), process.cwd())
  if ('problems' in loaded) return complain(loaded.problems.map(formatProblem).join('\n'), 1)
  const { config } = loaded
  const rules = loadRules(config, systemClock)
  if ('problems' in rules) return complain([...rules.problems.map(formatProblem), meanwhile].join('\n'), 1)
  if (options.id !== undefined) return explainPast(options.id, options, rules.current, config)
  const folder = temporaryFolder('explain')
  const rest = openRest(config.limits.message, folder.path)
  try {
    const message = file === undefined ? undefined : await messageFrom(file, rest)
    if (typeof message === 'string') return complain(message, 1)
    const envelope = await envelopeOf(options, message)
    if (typeof envelope === 'string') return complain(envelope, usage)
    const question = { ...transactionOf(envelope, size), client, message, given }
    return await shown([{ examined: await ask(question, rules.current, config) }], message, config, options)
  } finally {
    rest.close()
    folder.remove()
  }
}

/** What was decided in a transaction, from the decision log. */
async function explainPast(
  id: string,
  { to, ...options }: ExplainOptions,
  rules: Rules,
  config: Config,
): Promise<Told> {
  const { decisions } = config
  if (decisions === 'off') return complain('decisions: off is in the configuration, so nothing was taken down', 1)
  const found = await transactionsOf(decisions.folder, id).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error) return `decisions: ${failureOf(decisions.folder, error)}`
    throw error
  })
  if (typeof found === 'string') return complain(found, 1)
  const paths = to?.map(wirePath)
  const all = found.map(parts => ({
    head: headOf(parts),
    examined: recall(parts, path => paths?.includes(path) !== false, rules),
  }))
  const asked = all.filter(({ examined }) => examined.length > 0)
  if (asked.length === 0) {
    const whom = found.length === 0 ? 'nothing' : 'nothing for this recipient'
    return complain(`${whom} was taken down of ${id}: it is too old, or was refused before it came to a policy`, 1)
  }
  return await shown(asked.length > 1 ? asked : asked.map(({ examined }) => ({ examined })), undefined, config, options)
}

function headOf([first]: readonly Recorded[]): string {
  return first === undefined ? '' : `transaction ${first.id}, begun ${new Date(first.at).toISOString()}`
}

async function shown(
  transactions: readonly Shown[],
  message: Message | undefined,
  config: Config,
  { all, json }: Pick<ExplainOptions, 'all' | 'json'>,
): Promise<Told> {
  const out = await show(transactions, message, config, { all: all === true, json: json === true })
  const isBroken = transactions.some(({ examined }) => examined.some(one => 'broken' in one))
  return { exitCode: isBroken ? 1 : 0, out, err: '' }
}

type Asked = Pick<Question, 'client' | 'given'> & { readonly size: number | undefined }

function sizeOf(text: string | undefined): number | string | undefined {
  if (text === undefined) return undefined
  return parseSize(text) ?? `--size: "${text}" is no size: write octets, or 500K, 50MB`
}

function givenOf(text: string | undefined): Given | string | undefined {
  if (text === undefined) return undefined
  const given = givenFacts(text)
  return typeof given === 'string' ? `--facts: ${given}` : given
}

/** The message, or why there is none. */
async function messageFrom(file: string, rest: Rest): Promise<Message | string> {
  try {
    const message = await readMessage(file === '-' ? process.stdin : createReadStream(file), rest)
    return typeof message === 'string' ? `the gate would not take this message: ${replyText(unfit[message])}` : message
  } catch (error) {
    if (error instanceof Error && 'code' in error) return failureOf(file, error)
    throw error
  }
}

async function ask(question: Question, rules: Rules, config: Config): Promise<Awaited<ReturnType<typeof examine>>> {
  const { scanners, trustAuthserv } = config
  const { given } = question
  if (given === undefined) {
    const sources = await openSources({
      scanners,
      trustAuthserv,
      clock: systemClock,
      onEvent: () => undefined,
      onScan: () => undefined,
    })
    return await examine(question, rules, sources, systemClock).finally(() => sources.close())
  }
  const mime = new MimeReader({ clock: systemClock })
  return await examine(question, rules, givenSources(given, mime, trustAuthserv), systemClock).finally(() =>
    mime.close(),
  )
}

function complain(err: string, exitCode: number): Told {
  return { exitCode, out: '', err }
}
