/** From settings to a policy: what the files say, what is built in where they say nothing, and what the site is able to. */
import type { Abilities, Asked, Attachments, Made, Policy, Spam, Unlearnable, Unscanned, Virus } from './policy.ts'
import type { AttachmentsSection, Leaf, Rule, Sections, Settings, SpamSection, VirusSection } from './settings.ts'
import { mayRefuse } from './steps/refuse-recipient.ts'
import { inForce } from './trial.ts'
import type { Keeping } from './verdict.ts'
import { needScans, nothingWanted, wantsOf, type Wants } from './wants.ts'

/** `farther`: what its files come to without the nearest one, with which it shares what is the same. There may be a policy for each of 100 000 persons. */
export function policyOf(settings: Settings, delimiters: string, abilities: Abilities, farther?: Made): Policy {
  const whole = policyFrom(settings, delimiters, abilities, farther && wholeOf(farther))
  const real = inForce(settings)
  return real === settings ? whole : policyFrom(real, delimiters, abilities, farther && realOf(farther), whole)
}

function wholeOf({ settings, policy }: Made): Made {
  return { settings, policy: policy.trial ?? policy }
}

function realOf({ settings, policy }: Made): Made {
  return { settings: inForce(settings), policy }
}

/** Written out: an object that begins with `...` gets a shape of its own. */
function policyFrom(
  settings: Settings,
  delimiters: string,
  abilities: Abilities,
  farther: Made | undefined,
  trial?: Policy,
): Policy {
  const { size, senders, rules, attachments, spam, virus, atWorst, quarantine, enforce } = settings
  const same = (...keys: readonly (keyof Settings)[]): Policy | undefined =>
    keys.every(key => settings[key] === farther?.settings[key]) ? farther?.policy : undefined
  const [attachmentsAsThere, spamAsThere, virusAsThere] = [same('attachments'), same('spam'), same('virus')]
  const policy: Policy & { wants: Wants } = {
    size,
    senders,
    rules,
    rulesNeedScans: same('rules')?.rulesNeedScans ?? needScans(rules),
    refusing: same('rules')?.refusing ?? refusingIn(rules),
    unlearnable: same('attachments', 'spam', 'virus')?.unlearnable ?? unlearnableOf(settings, abilities),
    attachments: attachmentsAsThere === undefined ? attachmentsOf(attachments) : attachmentsAsThere.attachments,
    spam: spamAsThere === undefined ? askedSpam(spam, 'own', abilities) : spamAsThere.spam,
    virus: virusAsThere === undefined ? askedVirus(virus, 'own', abilities) : virusAsThere.virus,
    atWorst,
    junkFolder: settings.junkFolder?.value ?? 'Junk',
    bounceGuard: settings.bounceGuard?.value ?? 'quarantine',
    nextHop: settings.nextHop,
    keeping: same('quarantine')?.keeping ?? keepingOf(quarantine),
    profile: trial?.profile ?? spam.leaves.profile?.value ?? '',
    proof: abilities.proof,
    enforce: same('enforce')?.enforce ?? enforcedOf(enforce, abilities),
    delimiters,
    writes: writtenBy(rules, abilities, farther?.policy.writes),
    wants: nothingWanted,
    trial,
  }
  policy.wants = wantsOf(policy)
  return policy
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
    rulesNeedScans: needScans(rules),
    refusing: refusingIn(rules),
    unlearnable: unlearnableOf(sections, abilities),
    attachments: attachmentsOf(attachments),
    spam: askedSpam(spam, kind, abilities),
    virus: askedVirus(virus, kind, abilities),
    atWorst,
  }
}

function refusingIn(rules: readonly Rule[]): readonly Rule[] {
  const last = rules.findLastIndex(mayRefuse)
  return last < 0 ? none : rules.slice(0, last + 1)
}

const none: readonly never[] = []

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
