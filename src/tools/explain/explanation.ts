/** Why one recipient fares as he does, as data: what `lmtp-gate explain` shows, and gives to programs. Pure. */
import { basename } from 'node:path'
import type { Facts } from '../../decide/facts.ts'
import { fold } from '../../decide/glob.ts'
import type { PolicyFile } from '../../decide/read/policy-file.ts'
import type { Edits, Place, Verdict } from '../../decide/verdict.ts'
import { replyText } from '../../reply.ts'
import { settled } from '../../settle/sentences.ts'
import { settleRefusal } from '../../settle/settle.ts'
import type { Examined, Then, Unusable } from './examine.ts'
import { factsWords } from './facts-words.ts'
import { policyRows, type PolicyRow } from './policy-rows.ts'
import type { Step } from './step.ts'
import { stepsOf } from './steps.ts'

/** `name`: below the folder of policies. `line`: of the `for:` by which it counts, if it is no file of the address itself. */
export type FileRow = { readonly name: string; readonly line: number | undefined }

/** Where a copy goes, and who else gets the same bytes; paths on the wire. `nextHop`: where it is not the one of the configuration. */
export type Delivery = {
  readonly path: string
  readonly nextHop: string | undefined
  readonly together: readonly string[]
}

export type Explanation = {
  /** Nearest first. */
  readonly files: readonly FileRow[]
  /** They are those of the original recipient. */
  readonly forOriginal: boolean
  readonly policy: readonly PolicyRow[]
  readonly facts: readonly string[]
  readonly steps: readonly Omit<Step, 'isIdle'>[]
  /** Undefined: it hangs on what is not known. */
  readonly verdict: Pick<Verdict, 'action' | 'because' | 'place'> | undefined
  /** What the gate decided then, if it is asked about what was. `isSame`: it would decide the same today. */
  readonly then: (Then & { readonly isSame: boolean }) | undefined
  /** What it would come to with all that is on trial in force, if something is. */
  readonly trial: Pick<Explanation, 'steps' | 'verdict'> | undefined
  readonly delivery: Delivery | undefined
  /** Header fields that are put on top. */
  readonly adds: Edits['headers']
  readonly reply: string
}

/** What there is of it for somebody whose own file cannot be used. */
export type Unexplained = Pick<Unusable, 'broken'> & Pick<Explanation, 'facts' | 'then' | 'reply'>

/** `nameOf`: of a file, below the folder of policies; `messageLimit` in octets. */
export function explanationOf(
  { layers, policy, facts, origins, notes, verdict, trial, stage, then }: Examined,
  delivery: Delivery | undefined,
  nameOf: (file: string) => string,
  messageLimit: number,
): Explanation {
  const whose = layers.forOriginal ? (facts.original ?? facts.recipient) : facts.recipient
  const placed = placer(
    layers.files.map(({ findings }) => findings.source.file),
    nameOf,
  )
  const steps = (told: Examined['notes']) => stepsOf(told, { facts, delimiters: policy.delimiters, placed }).map(shown)
  const when = stage === 'RCPT' ? 'at RCPT' : 'after end of data'
  return {
    files: layers.files.map(file => fileRow(file, whose, nameOf)),
    forOriginal: layers.forOriginal,
    // What is on trial is written in files like all else, and told by the steps of the trial.
    policy: policyRows(layers, policy.trial ?? policy, messageLimit),
    facts: factsWords(facts, origins),
    steps: steps(notes),
    verdict: reasoned(verdict),
    trial: trial && { steps: steps(trial.notes), verdict: reasoned(trial.verdict) },
    then: then && { ...then, isSame: isSame(then, verdict) },
    delivery,
    adds: verdict?.edits.headers ?? [],
    reply: verdict === undefined ? openWords(stage) : `${replyWords(verdict)}, ${when}`,
  }
}

export function unexplainedOf({ broken, facts, then }: Unusable): Unexplained {
  return {
    broken,
    facts: factsWords(facts, {}),
    then: then && { ...then, isSame: then.because.step === 'broken policy' },
    reply: `${replyText(settled.brokenPolicy)}, at RCPT`,
  }
}

function reasoned(verdict: Verdict | undefined): Explanation['verdict'] {
  return verdict && { action: verdict.action, because: verdict.because, place: verdict.place }
}

function isSame(then: Then, verdict: Verdict | undefined): boolean {
  if (verdict === undefined || then.action !== verdict.action) return false
  return then.because.step === verdict.because.step && then.because.words === verdict.because.words
}

function shown({ number, name, effect, place, words }: Step): Explanation['steps'][number] {
  return { number, name, effect, place, words }
}

/** `alice.yaml:5`; with its folder where two of the files have one name. */
export function placer(files: readonly string[], nameOf: (file: string) => string): (place: Place) => string {
  const isShared = (name: string) => files.filter(file => basename(file) === name).length > 1
  return place => {
    if (place === 'built in') return place
    const name = basename(place.file)
    return `${isShared(name) ? nameOf(place.file) : name}:${place.line}`
  }
}

function fileRow(
  { findings, members }: PolicyFile,
  { local, domain }: Facts['recipient'],
  nameOf: (file: string) => string,
): FileRow {
  const { file } = findings.source
  // Somebody of a domain that a folder serves too may be named there as one of the folder's own.
  const by = members.find(({ value }) =>
    value.local === undefined ? value.domain === fold(domain) : fold(local).startsWith(value.local),
  )
  const place = by === undefined ? undefined : findings.placeOf(by.span)
  return { name: nameOf(file), line: place === undefined || place === 'built in' ? undefined : place.line }
}

function openWords(stage: Examined['stage']): string {
  return stage === 'RCPT'
    ? 'not certain before the message is here'
    : 'not certain: it hangs on what nobody asked for then'
}

function replyWords({ action, code, keeping }: Verdict): string {
  switch (action) {
    case 'deliver':
    case 'junk':
      return 'the next hop\u2019s'
    case 'quarantine': {
      const where = keeping?.mailbox === undefined ? 'it is on disk' : `${keeping.mailbox} has it`
      return `${replyText(settled.quarantined)}, once ${where}`
    }
    case 'discard':
    case 'reject':
    case 'defer':
      return replyText(settleRefusal(action, code))
  }
}
