/** Warnings about what a file says in vain, seen what the files behind it say, and what is enforced (rules/README.md). */
import { sizeText } from '../../units.ts'
import { fold } from '../glob.ts'
import type { Leaf, ReplyText, Settings } from '../settings.ts'
import { isSeverer } from '../severity.ts'
import type { Action, Place } from '../verdict.ts'
import { bySeverity } from './content-advice.ts'
import type { PolicyFile, Said } from './policy-file.ts'
import type { Spot } from './reader.ts'
import type { Findings } from './tree.ts'

/** `farther`: what all files behind it come to. `isNearest`: no file comes before it, so what its texts go with is certain. */
export function adviseChain({ said, settings, findings }: PolicyFile, farther: Settings, isNearest: boolean): void {
  const enforced = [...farther.enforce, ...settings.enforce]
  adviseSize(said.size, enforced, findings)
  adviseThresholds(said.spam, farther, enforced, findings)
  for (const one of enforced) adviseVirus(said.virus, farther.virus.leaves.action, one, findings)
  if (isNearest) adviseTexts(said, farther, findings)
}

type Enforced = Settings['enforce']

function adviseSize(size: Said['size'], enforce: Enforced, findings: Findings): void {
  const max = size === undefined || size.value === 'off' ? undefined : size.value.max
  if (max === undefined) return
  const limit = enforce.map(sections => sections.size.max).find(leaf => leaf !== undefined && leaf.value < max.value)
  if (limit === undefined) return
  const words = `no message is so large: ${sizeText(limit.value)} is enforced`
  findings.warn(max.span, 'never', words, see(limit.place))
}

/** What a farther file, or any `enforce`, does from a lower score on is severer and comes first. */
function adviseThresholds(spam: Said['spam'], farther: Settings, enforce: Enforced, findings: Findings): void {
  if (spam === undefined || spam.value === 'off') return
  const own = spam.value
  const enforced = enforce.map(sections => sections.spam.leaves)
  for (const [i, name] of bySeverity.entries()) {
    const score = own[name]
    if (score === undefined || score.value === Infinity) continue
    for (const severer of bySeverity.slice(i + 1)) {
      const others = [own[severer] === undefined ? farther.spam.leaves : {}, ...enforced]
      const lower = others.map(leaves => leaves[severer]).find(leaf => leaf !== undefined && leaf.value <= score.value)
      if (lower === undefined) continue
      const words = `${name} is never reached: ${severer} is taken from ${lower.value} on`
      findings.warn(score.span, 'never', words, see(lower.place))
      break
    }
  }
}

/** A section in `enforce` begins anew with what is built in, and nothing milder happens than it says. */
function adviseVirus(
  virus: Said['virus'],
  farther: Leaf<Action> | undefined,
  { virus: enforced, place }: Enforced[number],
  findings: Findings,
): void {
  if (virus === undefined || virus.value === 'off') return
  if (Object.keys(enforced.leaves).length === 0 && enforced.ignore.length === 0) return
  const { action, ignore, down } = virus.value
  const least = enforced.leaves.action?.value ?? 'quarantine'
  if (action !== undefined && isSeverer(least, action.value))
    findings.warn(action.span, 'never', `viruses come to ${least} at least, which is enforced`, see(place))
  const ignored = ignore?.value.find(({ value }) => !enforced.ignore.includes(fold(value)))
  if (ignored !== undefined && !isSeverer(action?.value ?? farther?.value ?? 'quarantine', least))
    findings.warn(ignored.span, 'never', 'what enforces something for viruses does not ignore this', see(place))
  if (down !== undefined && enforced.leaves.down === undefined && !isSeverer(down.value.then, 'defer'))
    findings.warn(
      down.span,
      'never',
      'what enforces something for viruses defers while the scanner is down',
      see(place),
    )
}

function adviseTexts({ senders, attachments, spam, virus }: Said, farther: Settings, findings: Findings): void {
  if (senders !== undefined && senders.value !== 'off')
    adviseText(senders.value, farther.senders.action, 'junk', findings)
  if (attachments !== undefined && attachments.value !== 'off')
    adviseText(attachments.value, farther.attachments.leaves.action, 'quarantine', findings)
  if (virus !== undefined && virus.value !== 'off')
    adviseText(virus.value, farther.virus.leaves.action, 'quarantine', findings)
  if (spam !== undefined && spam.value !== 'off' && spam.value.text !== undefined) {
    const reject = spam.value.reject ?? farther.spam.leaves.reject
    if (reject === undefined || reject.value === Infinity)
      findings.warn(
        spam.value.text.span,
        'no-effect',
        'no score is rejected, so nobody is told',
        'set reject, or leave it out',
      )
  }
}

type SaidText = { readonly action?: Spot<Action>; readonly text?: Spot<ReplyText> }

function adviseText(
  { action, text }: SaidText,
  farther: Leaf<Action> | undefined,
  usual: Action,
  findings: Findings,
): void {
  if (action !== undefined || text === undefined) return
  const effective = farther?.value ?? usual
  if (effective === 'reject' || effective === 'defer') return
  findings.warn(
    text.span,
    'no-effect',
    `the action is ${effective}, so nobody is told`,
    'write action: reject, or leave it out',
  )
}

function see(place: Place): string {
  return place === 'built in' ? 'it is built in' : `see ${place.file}:${place.line}`
}
