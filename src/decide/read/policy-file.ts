/** A policy file as a whole: which sections it may have, and what they come to (rules/README.md). */
import type { Source } from '../problem.ts'
import { noEnforce, noQuarantine, type Guard, type Sections, type Settings } from '../settings.ts'
import type { Action } from '../verdict.ts'
import { footprintOf } from './footprint.ts'
import { membersValue, type Member } from './members.ts'
import { about, someOf, spot, tableOf, taking, type Read, type Reader, type Refused, type Spot } from './reader.ts'
import { rulesSchema, rulesValue } from './rule.ts'
import {
  attachmentsOf,
  enforcedSections,
  leafOf,
  leavesOf,
  quarantineSection,
  sectionKeys,
  sections,
  sendersOf,
  sizeOf,
  spamOf,
  virusOf,
} from './sections.ts'
import { switchValue } from './content-values.ts'
import { Findings } from './tree.ts'
import { capValue, endpointValue, folderValue, guardValue } from './values.ts'
import { usedKeys, usersValue, type UsedKey, type UserLimits } from './users.ts'
import { readYaml } from './yaml.ts'

/** Whom a file is for: `alice.yaml`; `_name.yaml` in a domain's folder or at the top; `_domain.yaml`; `default.yaml`. */
export type Kind = 'person' | 'group' | 'top group' | 'domain' | 'site'

/** `said`: as written, with places, for advice. `used`: what `users` may not allow. `footprint`: octets of memory that it takes while it is kept, about. */
export type PolicyFile = {
  readonly findings: Findings
  readonly settings: Settings
  readonly members: readonly Member[]
  readonly said: Said
  readonly used: Used
  readonly footprint: number
}

/** Where which keys and actions are named. */
export type Used = { readonly keys: readonly UsedKey[]; readonly actions: readonly Spot<Action>[] }

const strictRules = () => rulesSchema(['folder', 'headers'])

/** An `enforce` can only be stricter, so what edits a message has no place in it. */
const enforcedRules: typeof rulesValue = taking(strictRules, (tree, findings) => {
  const rules = rulesValue(tree, findings)
  for (const { rule, whole } of rules ?? []) {
    if (rule.folder !== undefined || rule.headers.length > 0)
      findings.error(whole, 'misplaced', 'folder and headers have no place in enforce', 'put the rule under rules')
    else if (rule.then === undefined) findings.error(whole, 'no-effect', 'this rule does nothing', 'give it then')
  }
  return rules
})

const worst = 'nothing severer happens, apart from size'

const everywhere = {
  size: sections.size,
  senders: sections.senders,
  rules: rulesValue,
  attachments: sections.attachments,
  spam: sections.spam,
  virus: sections.virus,
  quarantine: quarantineSection,
  junk_folder: about('where junk goes; Junk if missing, INBOX for none', spot(folderValue)),
  at_worst: about(worst, spot(capValue)),
  next_hop: about('where this mail is handed on; a list is tried in turn', spot(someOf(endpointValue))),
  shadow: about('decided and told, but not done', spot(switchValue)),
}

const enforced = { ...enforcedSections, rules: enforcedRules, at_worst: about(worst, spot(capValue)) }

const shared = {
  ...everywhere,
  enforce: about('asked last, so that it can only be stricter', spot(tableOf('enforce', enforced))),
}

/** What the sections said, before merging. */
export type Said = Read<
  typeof shared & {
    readonly bounce_guard: Reader<Spot<Guard>>
    readonly users: Reader<UserLimits>
    readonly for: Reader<readonly Member[]>
  }
>

const names = {
  person: "a person's file",
  group: 'a group',
  domain: '_domain.yaml',
  site: 'default.yaml',
}

/** All that a person's file may have. */
const personKeys = Object.keys(everywhere).flatMap(key => [
  key,
  ...(Object.entries(sectionKeys).find(([section]) => section === key)?.[1] ?? []).map(part => `${key}.${part}`),
])

const users = { users: about("what persons' files may contain", usersValue(personKeys)) }

const ofTheSite = 'it stands in default.yaml and _domain.yaml'

const notHere = {
  person: {
    for: 'the file is found by its name; for stands in groups',
    enforce: 'it stands in default.yaml, _domain.yaml and groups',
    bounce_guard: ofTheSite,
    users: ofTheSite,
  },
  group: { bounce_guard: ofTheSite, users: ofTheSite },
  site: { for: 'this file is for everybody' },
} satisfies Readonly<Record<string, Refused>>

/** Reads the text of one file. `delimiters` part a detail from an address. */
export function readPolicyFile(source: Source, kind: Kind, delimiters: string): PolicyFile {
  const findings = new Findings(source)
  const tree = readYaml(findings)
  const said: Said = tree === undefined ? {} : (readerOf(kind, delimiters)(tree, findings) ?? {})
  const group = kind === 'group' || kind === 'top group'
  if (group && said.for === undefined && !findings.broken)
    findings.error(
      { start: 0, end: 1 },
      'no-value',
      'this group is for nobody',
      'name its members with for: [alice@example.org]',
    )
  const used = { keys: usedKeys(tree), actions: findings.actions }
  const footprint = footprintOf(source, tree, findings)
  return { findings, settings: settingsOf(said, findings), members: said.for ?? [], said, used, footprint }
}

const guard = {
  bounce_guard: about(
    'what becomes of a reject that would bounce to strangers; quarantine if missing',
    spot(guardValue),
  ),
}
const person: Reader<Said> = tableOf(names.person, everywhere, notHere.person)
const site: Reader<Said> = tableOf(names.site, { ...shared, ...guard, ...users }, notHere.site)

/** `delimiters` part a detail from an address. */
export function readerOf(kind: Kind, delimiters: string): Reader<Said> {
  // That of a person is made once, since there may be 100 000 files.
  if (kind === 'person') return person
  if (kind === 'site') return site
  const members = { for: about('whom this file is for', membersValue(kind, delimiters)) }
  return kind === 'domain'
    ? tableOf(names.domain, { ...members, ...shared, ...guard, ...users })
    : tableOf(names.group, { ...members, ...shared }, notHere.group)
}

/** Written out: an object that begins with `...` gets a shape of its own, and there may be one for each of 100 000 persons. */
function settingsOf(said: Said, findings: Findings): Settings {
  const { size, senders, rules, attachments, spam, virus, atWorst } = sectionsOf(said, findings)
  return {
    size,
    senders,
    rules,
    attachments,
    spam,
    virus,
    atWorst,
    shadow: leafOf(said.shadow, findings),
    junkFolder: leafOf(said.junk_folder, findings),
    bounceGuard: leafOf(said.bounce_guard, findings),
    nextHop: nextHopOf(said.next_hop, findings),
    quarantine: said.quarantine === undefined ? noQuarantine : leavesOf(said.quarantine, findings),
    enforce: enforcedOf(said, findings),
  }
}

function enforcedOf({ enforce }: Said, findings: Findings): Settings['enforce'] {
  return enforce === undefined
    ? noEnforce
    : [{ ...sectionsOf(enforce.value, findings), place: findings.placeOf(enforce.span) }]
}

function nextHopOf(said: Said['next_hop'], findings: Findings): Settings['nextHop'] {
  if (said === undefined || said.value.length === 0) return undefined
  return { value: said.value.map(({ value }) => value), place: findings.placeOf(said.span) }
}

function sectionsOf(said: Pick<Said, keyof typeof enforced>, findings: Findings): Sections {
  return {
    size: sizeOf(said.size, findings),
    senders: sendersOf(said.senders, findings),
    rules: (said.rules ?? []).map(({ rule }) => rule),
    attachments: attachmentsOf(said.attachments, findings),
    spam: spamOf(said.spam, findings),
    virus: virusOf(said.virus, findings),
    atWorst: leafOf(said.at_worst, findings),
  }
}
