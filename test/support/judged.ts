/** Recipients with their verdicts, as they come to those who carry a verdict out; and their fates. */
import { nothingLearned } from '../../src/decide/facts.ts'
import { policyOf } from '../../src/decide/policy-of.ts'
import { saysNothing } from '../../src/decide/settings.ts'
import { noEdits } from '../../src/decide/verdict.ts'
import type { Verdict } from '../../src/decide/verdict.ts'
import type { Endpoint } from '../../src/deliver/endpoint.ts'
import { replyText } from '../../src/reply.ts'
import type { Transaction } from '../../src/transaction.ts'
import type { Judged } from '../../src/verdicts.ts'
import type { Fate } from '../../src/watch/report.ts'
import { recipientOf, senderOf } from './scripted-server.ts'

export const transaction: Transaction = {
  id: 'a.1',
  begun: new Date('2026-11-22T06:00:00Z'),
  sender: senderOf('s@x.example'),
  peer: { name: 'mx.example', address: undefined },
  client: undefined,
}

/** `at`: a socket that is his next hop. */
export function judged(slot: number, path: string, verdict: Partial<Verdict> = {}, at?: string): Judged {
  const endpoint: Endpoint = { kind: 'unix', path: at ?? '' }
  const nextHop = at === undefined ? undefined : { value: [endpoint], place: 'built in' as const }
  return {
    recipient: recipientOf(path),
    policy: policyOf({ ...saysNothing, nextHop }, '+', { spam: false, virus: false, proof: false }),
    slot,
    verdict: { ...delivered, ...verdict },
    evidence: nothingLearned,
  }
}

const delivered: Verdict = {
  action: 'deliver',
  code: undefined,
  edits: noEdits,
  keeping: undefined,
  because: { step: 'default', words: '' },
  place: 'built in',
}

/** As `0 b@x end of data 250 ok`, and why, where the reply is ours. */
export function fateText(slot: number, { recipient, stage, reply, cause }: Fate): string {
  return `${slot} ${recipient.path} ${stage} ${replyText(reply)}${cause === undefined ? '' : ` (${cause})`}`
}
