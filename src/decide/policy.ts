/** What counts for one recipient: what the files say, what is built in where they say nothing, and what the site is able to. */
import type { Endpoint } from '../deliver/endpoint.ts'
import type { AttachmentTable } from './attachment-table.ts'
import type {
  AttachmentsSection,
  Cap,
  Guard,
  Leaf,
  Outage,
  ReplyText,
  Rule,
  Sections,
  SendersSection,
  Settings,
  SizeSection,
  SpamSection,
  VirusSection,
} from './settings.ts'
import { inForce } from './trial.ts'
import type { Action, Keeping, Place } from './verdict.ts'

/** Whether something gives the site a score, looks for viruses, and proves senders: sections that need what is missing are not asked. */
export type Abilities = { readonly spam: boolean; readonly virus: boolean; readonly proof: boolean }

/** `unreadable`: what could not be learned, of a part or of all. */
export type Attachments = {
  readonly levels: readonly AttachmentTable[]
  readonly action: Leaf<Action>
  readonly text: ReplyText | undefined
  readonly encrypted: Leaf<Action>
  readonly ambiguous: Leaf<Action>
  readonly unreadable: Leaf<Action>
}

/** How a section deals with what is not known. */
export type Unscanned = { readonly down: Leaf<Outage>; readonly unscannable: Leaf<Action> }

/** `thresholds`: severest action first. */
export type Spam = Unscanned & {
  readonly thresholds: readonly { readonly action: Action; readonly score: Leaf<number> }[]
  readonly text: ReplyText | undefined
}

/** `ignore`: folded patterns of names that are no viruses here. */
export type Virus = Unscanned & {
  readonly action: Leaf<Action>
  readonly text: ReplyText | undefined
  readonly ignore: readonly string[]
}

/** What becomes of a message about which a rule needs to know what a scanner could not learn; undefined: that scanner is not asked for it. */
export type Unlearnable = {
  readonly spam: Unscanned | undefined
  readonly virus: Unscanned | undefined
  readonly attachments: Leaf<Action> | undefined
}

/** Whatever comes to an action by itself: the policy as such, and each file's `enforce`. What is undefined is not asked. */
export type Asked = {
  readonly size: SizeSection
  readonly senders: SendersSection
  readonly rules: readonly Rule[]
  readonly unlearnable: Unlearnable
  readonly attachments: Attachments | undefined
  readonly spam: Spam | undefined
  readonly virus: Virus | undefined
  readonly atWorst: Leaf<Cap> | undefined
}

export type Policy = Asked & {
  readonly junkFolder: string
  readonly bounceGuard: Guard
  /** Tried in turn; undefined: the one that everybody has. */
  readonly nextHop: Leaf<readonly Endpoint[]> | undefined
  readonly keeping: Keeping
  /** Name under which the spam scanner is asked; '': none. */
  readonly profile: string
  /** Whether the site has a source of proof: without one everybody is taken for whom he says he is, and nobody for proven. */
  readonly proof: boolean
  /** Farthest first. */
  readonly enforce: readonly (Asked & { readonly place: Place })[]
  /** They part a detail from its address. */
  readonly delimiters: string
  /** Lower-case names of the header fields that may be written for this recipient, the gate's own among them. */
  readonly writes: readonly string[]
  /** The same with all that is on trial in force, if something is. */
  readonly trial: Policy | undefined
}

/** Settings and what they came to. */
export type Made = { readonly settings: Settings; readonly policy: Policy }

/** `farther`: what its files come to without the nearest one, with which it shares what is the same. There may be a policy for each of 100 000 persons. */
export function policyOf(settings: Settings, delimiters: string, abilities: Abilities, farther?: Made): Policy {
  const whole = policyFrom(settings, delimiters, abilities, farther && wholeOf(farther))
  const real = inForce(settings)
  if (real === settings) return whole
  return {
    ...policyFrom(real, delimiters, abilities, farther && realOf(farther)),
    profile: whole.profile,
    trial: whole,
  }
}

function wholeOf({ settings, policy }: Made): Made {
  return { settings, policy: policy.trial ?? policy }
}

function realOf({ settings, policy }: Made): Made {
  return { settings: inForce(settings), policy }
}

/** Written out: an object that begins with `...` gets a shape of its own. */
function policyFrom(settings: Settings, delimiters: string, abilities: Abilities, farther?: Made): Policy {
  const { size, senders, rules, attachments, spam, virus, atWorst, quarantine, enforce } = settings
  const same = (...keys: readonly (keyof Settings)[]): Policy | undefined =>
    keys.every(key => settings[key] === farther?.settings[key]) ? farther?.policy : undefined
  const [attachmentsAsThere, spamAsThere, virusAsThere] = [same('attachments'), same('spam'), same('virus')]
  return {
    size,
    senders,
    rules,
    unlearnable: same('attachments', 'spam', 'virus')?.unlearnable ?? unlearnableOf(settings, abilities),
    attachments: attachmentsAsThere === undefined ? attachmentsOf(attachments) : attachmentsAsThere.attachments,
    spam: spamAsThere === undefined ? askedSpam(spam, 'own', abilities) : spamAsThere.spam,
    virus: virusAsThere === undefined ? askedVirus(virus, 'own', abilities) : virusAsThere.virus,
    atWorst,
    junkFolder: settings.junkFolder?.value ?? 'Junk',
    bounceGuard: settings.bounceGuard?.value ?? 'quarantine',
    nextHop: settings.nextHop,
    keeping: same('quarantine')?.keeping ?? keepingOf(quarantine),
    profile: spam.leaves.profile?.value ?? '',
    proof: abilities.proof,
    enforce: same('enforce')?.enforce ?? enforcedOf(enforce, abilities),
    delimiters,
    writes: writtenBy(rules, abilities, farther?.policy.writes),
    trial: undefined,
  }
}

function enforcedOf(enforce: Settings['enforce'], abilities: Abilities): Policy['enforce'] {
  return enforce.map(sections => ({ ...askedOf(sections, 'enforced', abilities), place: sections.place }))
}

function keepingOf({ keep, mailbox, notice }: Settings['quarantine']): Keeping {
  return { keep: keep?.value ?? 30 * 24 * 3_600_000, mailbox: mailbox?.value, notice: notice?.value ?? false }
}

/** `farther`: if they are these, that very list. */
function writtenBy(
  rules: readonly Rule[],
  abilities: Abilities,
  farther: readonly string[] | undefined,
): readonly string[] {
  const names = rules.flatMap(rule => rule.headers.map(({ name }) => name.toLowerCase()))
  const all = [...new Set([...ownFields(abilities), ...names])].sort()
  return farther?.join() === all.join() ? farther : all
}

/** Lower-case names of the header fields that the gate writes of its own: nobody else's get through. */
export function ownFields({ spam, virus }: Abilities): readonly string[] {
  return [
    'x-spam-flag',
    'x-lmtp-gate',
    ...(spam ? ['x-spam-score', 'x-spam-status'] : []),
    ...(virus ? ['x-virus-status'] : []),
  ]
}

function builtIn<T>(value: T): Leaf<T> {
  return { value, place: 'built in' }
}

/** What is asked of everybody unless it is `off`; an `enforce` asks for what it names. */
function askedOf(sections: Sections, kind: AskedKind, abilities: Abilities): Asked {
  const { size, senders, rules, attachments, spam, virus, atWorst } = sections
  return {
    size,
    senders,
    rules,
    unlearnable: unlearnableOf(sections, abilities),
    attachments: attachmentsOf(attachments),
    spam: askedSpam(spam, kind, abilities),
    virus: askedVirus(virus, kind, abilities),
    atWorst,
  }
}

function unlearnableOf({ attachments, spam, virus }: Sections, abilities: Abilities): Unlearnable {
  return {
    spam: abilities.spam && !isOff(spam) ? unscannedSpam(spam) : undefined,
    virus: abilities.virus && !isOff(virus) ? unscannedVirus(virus) : undefined,
    attachments: isOff(attachments) ? undefined : (attachments.leaves.unreadable ?? builtIn('quarantine')),
  }
}

type AskedKind = 'own' | 'enforced'

function askedSpam(section: SpamSection, kind: AskedKind, abilities: Abilities): Spam | undefined {
  return abilities.spam && isAsked(section, kind) ? spamOf(section, kind) : undefined
}

function askedVirus(section: VirusSection, kind: AskedKind, abilities: Abilities): Virus | undefined {
  return abilities.virus && isAsked(section, kind) ? virusOf(section) : undefined
}

function isAsked(section: SpamSection | VirusSection, kind: AskedKind): boolean {
  return says(section) || (kind === 'own' && !section.closed)
}

type ContentSection = SpamSection | VirusSection | AttachmentsSection

/** An `off` was met before anything was said. */
function isOff(section: ContentSection): boolean {
  return section.closed && !says(section)
}

function says(section: ContentSection): boolean {
  const lists = 'ignore' in section ? section.ignore : 'levels' in section ? section.levels : []
  return Object.keys(section.leaves).length > 0 || lists.length > 0
}

/** Undefined: nothing in it could come to anything, so nobody need look into the message. */
function attachmentsOf({ levels, leaves }: AttachmentsSection): Attachments | undefined {
  const encrypted = leaves.encrypted ?? builtIn('deliver')
  const ambiguous = leaves.ambiguous ?? builtIn('deliver')
  // That something could not be learned matters to those who want to learn something.
  const wanted = levels.some(level => level.blocks) || encrypted.value !== 'deliver' || ambiguous.value !== 'deliver'
  const unreadable = leaves.unreadable ?? builtIn(wanted ? 'quarantine' : 'deliver')
  if (!wanted && unreadable.value === 'deliver') return undefined
  const action = leaves.action ?? builtIn('quarantine')
  return { levels, action, text: leaves.text?.value, encrypted, ambiguous, unreadable }
}

/** The threshold that is built in is gone where an `off` was met, and would bind everybody in an `enforce`. */
function spamOf({ leaves, closed }: SpamSection, kind: AskedKind): Spam {
  const thresholds = [
    { action: 'discard', score: leaves.discard },
    { action: 'reject', score: leaves.reject },
    { action: 'quarantine', score: leaves.quarantine },
    { action: 'junk', score: leaves.junk ?? (closed || kind === 'enforced' ? undefined : builtIn(6)) },
  ] as const
  return {
    thresholds: thresholds.flatMap(({ action, score }) =>
      score === undefined || score.value === Infinity ? [] : [{ action, score }],
    ),
    text: leaves.text?.value,
    ...unscannedSpam({ leaves }),
  }
}

function unscannedSpam({ leaves }: Pick<SpamSection, 'leaves'>): Unscanned {
  return {
    down: leaves.down ?? builtIn({ wait: 0, then: 'deliver' }),
    unscannable: leaves.unscannable ?? builtIn('deliver'),
  }
}

function virusOf({ leaves, ignore }: VirusSection): Virus {
  return {
    action: leaves.action ?? builtIn('quarantine'),
    text: leaves.text?.value,
    ignore,
    ...unscannedVirus({ leaves }),
  }
}

function unscannedVirus({ leaves }: Pick<VirusSection, 'leaves'>): Unscanned {
  return {
    down: leaves.down ?? builtIn({ wait: 0, then: 'defer' }),
    unscannable: leaves.unscannable ?? builtIn('deliver'),
  }
}
