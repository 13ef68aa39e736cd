/** What is to be done for one recipient, and why. */

export type Action = 'deliver' | 'junk' | 'quarantine' | 'discard' | 'reject' | 'defer'

/** A place in a policy file, for people: `rules/example.org/alice.yaml:6`; `built in` if no file says it. `line` and `column` count from 1. */
export type Place = { readonly file: string; readonly line: number; readonly column: number } | 'built in'

/** Which step decided (rules/README.md), in words that may go to a log: `senders: block spam.example`, `rule 2`, `size over 50 MB`. */
export type Reason = {
  readonly step:
    | 'declared size'
    | 'senders'
    | 'rules'
    | 'attachments'
    | 'spam'
    | 'virus'
    | 'at_worst'
    | 'bounce_guard'
    | 'real size'
    | 'enforce'
    | 'default'
    | 'broken policy'
  readonly words: string
}

/** How the delivered copy differs from what came. Equal edits make equal bytes and so one delivery group. */
export type Edits = {
  /** Put on top in this order, below the trace header: name and text, not yet encoded or folded. */
  readonly headers: readonly { readonly name: string; readonly text: string }[]
  /** Lower-case names that this recipient's policy writes: fields of these names that came in are left out of the copy. */
  readonly omit: readonly string[]
  /** Mailbox by detail address; undefined: the address as it came. */
  readonly folder: string | undefined
}

/** How a message in quarantine is kept: `keep` in milliseconds; `mailbox` instead of the disk, with `{local}` and `{domain}` not yet filled in. */
export type Keeping = { readonly keep: number; readonly mailbox: string | undefined; readonly notice: boolean }

export type Verdict = {
  readonly action: Action
  /** For reject and defer: what the sender is told instead of the gate's own words. `enhanced` has the class of the action. */
  readonly code: { readonly code: number; readonly enhanced: string; readonly text: string | undefined } | undefined
  readonly edits: Edits
  /** For quarantine alone. */
  readonly keeping: Keeping | undefined
  readonly because: Reason
  readonly place: Place
  /** What it would have been but for a trial (`shadow`), if that is another. */
  readonly shadow?: Shadow
}

export type Shadow = { readonly action: Action; readonly because: Reason; readonly place: Place }

/** The message as it came, to the address as it came. */
export const noEdits: Edits = { headers: [], omit: [], folder: undefined }
