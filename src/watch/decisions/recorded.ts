/** Decisions that were taken down, read back: nothing in a line is believed before it was looked at. Pure. */
import { pending } from '../../decide/facts.ts'
import type { Evidence } from '../../decide/facts.ts'
import { isRecord, list, maybe, number, oneOf, record, text, truth, type Form } from './forms.ts'
import type { DecidedFor, Decision } from './record.ts'

/** As `Decision`, as far as it was written down. `at`: when the transaction began, in ms since the epoch. Addresses are paths as on the wire. */
export type Recorded = Pick<Decision, 'id' | 'stage' | 'recipients'> & {
  readonly queue: string | undefined
  readonly at: number
  readonly sender: string
  readonly size: number | undefined
  readonly client: string | undefined
  /** What was known for recipients with this profile; all else is pending. */
  readonly evidence: (profile: string) => Evidence
}

const place: Form = value => value === 'built in' || record({ file: text, line: number, column: number })(value)

const decided = record({
  path: text,
  params: list(text),
  profile: text,
  action: oneOf('deliver', 'junk', 'quarantine', 'discard', 'reject', 'defer'),
  because: record({ step: text, words: text }),
  place,
})

const line = record({
  version: value => value === 1,
  id: text,
  queue: maybe(text),
  at: number,
  stage: oneOf('RCPT', 'end of data'),
  sender: text,
  size: maybe(number),
  client: maybe(text),
  to: list(decided),
  facts: isRecord,
  spam: isRecord,
})

/** A line as `lineOf` writes it. */
type Line = Omit<Recorded, 'recipients' | 'evidence'> & {
  readonly to: readonly (DecidedFor['recipient'] & Pick<DecidedFor, 'profile'> & DecidedFor['verdict'])[]
  readonly facts: Readonly<Record<string, unknown>>
  readonly spam: Readonly<Record<string, unknown>>
}

/** Undefined: it is no decision, or one of another version. */
export function recordedIn(written: string): Recorded | undefined {
  let json: unknown
  try {
    json = JSON.parse(written)
  } catch {
    return undefined
  }
  if (!line(json)) return undefined
  const { id, queue, at, stage, sender, size, client, to, facts, spam } = json as Line
  const common = evidenceIn(facts)
  return {
    id,
    queue,
    at,
    stage,
    sender,
    size,
    client,
    recipients: to.map(({ path, params, profile, action, because, place: where }) => ({
      recipient: { path, params },
      profile,
      verdict: { action, because, place: where },
    })),
    evidence(profile) {
      const spamNow = factIn('spam', Object.hasOwn(spam, profile) ? spam[profile] : undefined)
      return { ...common, ...spamNow }
    },
  }
}

function fact(value: Form): Form {
  const known = record({ state: oneOf('known'), value })
  const unknown = record({ state: oneOf('unknown'), why: record({ kind: oneOf('down', 'unscannable'), words: text }) })
  return written => known(written) || unknown(written)
}

const address = record({ local: text, domain: text })
const attachment = record({ names: list(text), inner: list(text), types: list(text), size: number, encrypted: truth })

const forms: Readonly<Record<keyof Evidence, Form>> = {
  size: fact(number),
  from: fact(list(address)),
  fromNames: fact(list(text)),
  to: fact(list(address)),
  fields: fact(list(record({ name: text, texts: list(text) }))),
  received: fact(maybe(number)),
  auth: fact(list(record({ method: oneOf('spf', 'dkim', 'dmarc'), result: text, domain: text }))),
  spam: fact(record({ score: number, symbols: list(text) })),
  virus: fact(record({ found: list(text) })),
  structure: fact(
    record({ attachments: list(attachment), ambiguous: maybe(text), unreadable: maybe(text), unseen: maybe(text) }),
  ),
}

function evidenceIn(facts: Readonly<Record<string, unknown>>): Evidence {
  const read = Object.keys(forms).map(key => factIn(key as keyof Evidence, facts[key]))
  return Object.assign({}, ...read) as Evidence
}

/** What has not the form of its fact is pending, as what is missing. */
function factIn<K extends keyof Evidence>(key: K, written: unknown): Pick<Evidence, K> {
  return { [key]: forms[key](written) ? written : pending } as Pick<Evidence, K>
}
