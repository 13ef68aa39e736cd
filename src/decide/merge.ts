/** How several policy files become one policy (rules/README.md). */
import type {
  AttachmentsSection,
  SendersSection,
  Settings,
  SizeSection,
  SpamSection,
  VirusSection,
} from './settings.ts'

/** Leaf by leaf the nearer wins; lists and rules add up; an `off` ends its section. Associative; `saysNothing` is neutral. */
export function merge(nearer: Settings, farther: Settings): Settings {
  return {
    size: unlessClosed(nearer.size, farther.size, mergeSize),
    senders: unlessClosed(nearer.senders, farther.senders, mergeSenders),
    rules: [...nearer.rules, ...farther.rules],
    attachments: unlessClosed(nearer.attachments, farther.attachments, mergeAttachments),
    spam: unlessClosed(nearer.spam, farther.spam, mergeSpam),
    virus: unlessClosed(nearer.virus, farther.virus, mergeVirus),
    atWorst: nearer.atWorst ?? farther.atWorst,
    shadow: nearer.shadow ?? farther.shadow,
    junkFolder: nearer.junkFolder ?? farther.junkFolder,
    bounceGuard: nearer.bounceGuard ?? farther.bounceGuard,
    nextHop: nearer.nextHop ?? farther.nextHop,
    quarantine: { ...farther.quarantine, ...nearer.quarantine },
    enforce: [...farther.enforce, ...nearer.enforce],
  }
}

function unlessClosed<S extends { readonly closed: boolean }>(nearer: S, farther: S, both: (a: S, b: S) => S): S {
  return nearer.closed ? nearer : both(nearer, farther)
}

function mergeSize(nearer: SizeSection, farther: SizeSection): SizeSection {
  return { max: nearer.max ?? farther.max, text: nearer.text ?? farther.text, closed: farther.closed }
}

function mergeSenders(nearer: SendersSection, farther: SendersSection): SendersSection {
  return {
    levels: [...nearer.levels, ...farther.levels],
    action: nearer.action ?? farther.action,
    text: nearer.text ?? farther.text,
    closed: farther.closed,
  }
}

function mergeAttachments(nearer: AttachmentsSection, farther: AttachmentsSection): AttachmentsSection {
  return {
    levels: [...nearer.levels, ...farther.levels],
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
    ignore: [...nearer.ignore, ...farther.ignore],
    closed: farther.closed,
  }
}
