/** How several policy files become one policy (rules/README.md). */
import {
  noAttachments,
  noQuarantine,
  noSenders,
  noSize,
  noSpam,
  noVirus,
  type AttachmentsSection,
  type SendersSection,
  type Settings,
  type SizeSection,
  type SpamSection,
  type VirusSection,
} from './settings.ts'

/**
 * Leaf by leaf the nearer wins; lists and rules add up; an `off` ends its section. Associative; `saysNothing` is neutral. What the nearer file
 * does not speak of is the farther one's very object, so that the policies of many persons share it.
 */
export function merge(nearer: Settings, farther: Settings): Settings {
  return {
    size: mergeSections(nearer.size, farther.size, noSize, mergeSize),
    senders: mergeSections(nearer.senders, farther.senders, noSenders, mergeSenders),
    rules: both(nearer.rules, farther.rules),
    attachments: mergeSections(nearer.attachments, farther.attachments, noAttachments, mergeAttachments),
    spam: mergeSections(nearer.spam, farther.spam, noSpam, mergeSpam),
    virus: mergeSections(nearer.virus, farther.virus, noVirus, mergeVirus),
    atWorst: nearer.atWorst ?? farther.atWorst,
    shadow: nearer.shadow ?? farther.shadow,
    junkFolder: nearer.junkFolder ?? farther.junkFolder,
    bounceGuard: nearer.bounceGuard ?? farther.bounceGuard,
    nextHop: nearer.nextHop ?? farther.nextHop,
    quarantine:
      nearer.quarantine === noQuarantine ? farther.quarantine : { ...farther.quarantine, ...nearer.quarantine },
    enforce: both(farther.enforce, nearer.enforce),
  }
}

/** `nothing`: the section of a file that does not speak of it. */
function mergeSections<S extends { readonly closed: boolean }>(
  nearer: S,
  farther: S,
  nothing: S,
  mergeBoth: (a: S, b: S) => S,
): S {
  if (nearer === nothing) return farther
  return nearer.closed || farther === nothing ? nearer : mergeBoth(nearer, farther)
}

function both<T>(first: readonly T[], second: readonly T[]): readonly T[] {
  if (first.length === 0) return second
  return second.length === 0 ? first : [...first, ...second]
}

function mergeSize(nearer: SizeSection, farther: SizeSection): SizeSection {
  return { max: nearer.max ?? farther.max, text: nearer.text ?? farther.text, closed: farther.closed }
}

function mergeSenders(nearer: SendersSection, farther: SendersSection): SendersSection {
  return {
    levels: both(nearer.levels, farther.levels),
    action: nearer.action ?? farther.action,
    text: nearer.text ?? farther.text,
    closed: farther.closed,
  }
}

function mergeAttachments(nearer: AttachmentsSection, farther: AttachmentsSection): AttachmentsSection {
  return {
    levels: both(nearer.levels, farther.levels),
    leaves: { ...farther.leaves, ...nearer.leaves },
    closed: farther.closed,
  }
}

function mergeSpam(nearer: SpamSection, farther: SpamSection): SpamSection {
  return { leaves: { ...farther.leaves, ...nearer.leaves }, closed: farther.closed }
}

function mergeVirus(nearer: VirusSection, farther: VirusSection): VirusSection {
  return {
    leaves: { ...farther.leaves, ...nearer.leaves },
    ignore: both(nearer.ignore, farther.ignore),
    closed: farther.closed,
  }
}
