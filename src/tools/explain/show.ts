/** What was examined, as text for people or JSON for programs: recipient by recipient, and who shares a delivery group. */
import { relative, resolve } from 'node:path'
import { headerFields } from '../../assess/header.ts'
import { abilitiesOf } from '../../assess/sources.ts'
import type { Config } from '../../config/config.ts'
import { ownFields } from '../../decide/policy-of.ts'
import type { Verdict } from '../../decide/verdict.ts'
import { endpointText } from '../../deliver/endpoint.ts'
import { groupSurvivors } from '../../deliver/groups.ts'
import { mailboxPath } from '../../deliver/quarantine/mailbox.ts'
import type { Message } from '../../transaction.ts'
import { asciiJson } from '../quarantine/shown.ts'
import type { Examined, Unusable } from './examine.ts'
import { explanationOf, placer, unexplainedOf, type Delivery } from './explanation.ts'
import { escaped, explanationText, pathText, unexplainedText } from './print.ts'

export type ShowOptions = { readonly all: boolean; readonly json: boolean }

/** One transaction, or what might be one; its recipients share delivery groups. `head`: how to tell it from others, if there are any. */
export type Shown = { readonly head?: string; readonly examined: readonly (Examined | Unusable)[] }

/** `message` undefined: of the fields that came in nothing is known. Rejects if it cannot be read. */
export async function show(
  transactions: readonly Shown[],
  message: Message | undefined,
  config: Config,
  { all, json }: ShowOptions,
): Promise<string> {
  const nameOf = (file: string) => relative(config.rules, resolve(file))
  const explained = await Promise.all(
    transactions.map(async ({ head, examined }) => {
      const deliveries = await deliveriesOf(examined, message, config)
      const recipients = examined.map(one =>
        'broken' in one
          ? { ...one, unexplained: unexplainedOf(one) }
          : { ...one, explanation: explanationOf(one, deliveries.get(one), nameOf, config.limits.message) },
      )
      return { head, recipients }
    }),
  )
  if (json) {
    const everybody = explained.flatMap(({ recipients }) => recipients)
    return asciiJson(
      everybody.map(one => ({
        to: one.recipient.path,
        ...('broken' in one ? one.unexplained : one.explanation),
      })),
      2,
    )
  }
  const textOf = (one: (typeof explained)[number]['recipients'][number]): string => {
    if ('broken' in one) return unexplainedText(one.unexplained)
    const files = one.layers.files.map(({ findings }) => findings.source.file)
    return explanationText(one.explanation, placer(files, nameOf), all)
  }
  return explained
    .map(({ head, recipients }) => {
      const heads = recipients.length > 1 ? recipients.map(({ recipient }) => `== ${pathText(recipient.path)}\n`) : []
      const texts = recipients.map((one, i) => `${heads[i] ?? ''}${textOf(one)}`)
      return [...(head === undefined ? [] : [`=== ${escaped(head)}`]), ...texts].join('\n\n')
    })
    .join('\n\n')
}

/** As the gate groups those whose message goes on. */
async function deliveriesOf(
  examined: readonly (Examined | Unusable)[],
  message: Message | undefined,
  { recipientDelimiter, scanners, trustAuthserv }: Config,
): Promise<ReadonlyMap<Examined | Unusable, Delivery>> {
  const survivors = examined.flatMap(one => {
    if ('broken' in one || one.verdict === undefined) return []
    const mailbox = mailboxOf(one.verdict, one.recipient.path, recipientDelimiter)
    const isOnward = one.verdict.action === 'deliver' || one.verdict.action === 'junk' || mailbox !== undefined
    const nextHop = one.policy.nextHop?.value.map(endpointText).join(' ')
    return isOnward ? [{ one, recipient: one.recipient, verdict: one.verdict, mailbox, nextHop }] : []
  })
  const own = ownFields(abilitiesOf(scanners, trustAuthserv))
  const present = await presentIn(message, [...own, ...survivors.flatMap(({ verdict }) => verdict.edits.omit)])
  const nextHops = [...new Set(survivors.map(({ nextHop }) => nextHop))]
  const groups = nextHops.flatMap(nextHop => {
    const together = survivors.filter(survivor => survivor.nextHop === nextHop)
    return groupSurvivors(together, recipientDelimiter, own, field => present.has(field))
  })
  return new Map(
    groups.flatMap(({ members, recipients }) =>
      members.map(({ one, nextHop }, i) => {
        const together = members.filter((_, other) => other !== i).map(({ recipient }) => recipient.path)
        return [one, { path: recipients[i]?.path ?? '', nextHop, together }] as const
      }),
    ),
  )
}

function mailboxOf({ keeping }: Verdict, path: string, delimiter: string): string | undefined {
  return keeping?.mailbox === undefined ? undefined : mailboxPath(keeping.mailbox, path, delimiter)
}

async function presentIn(message: Message | undefined, names: readonly string[]): Promise<ReadonlySet<string>> {
  const present = new Set<string>()
  if (message === undefined) return present
  for (const name of new Set(names)) {
    const fields = await headerFields(message, name)
    if (fields === undefined || fields.length > 0) present.add(name)
  }
  return present
}
