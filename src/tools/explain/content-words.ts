/** What the steps on attachments, spam and viruses have to tell, in words. Pure. */
import type { Attachment, Facts } from '../../decide/facts.ts'
import { listed } from '../../decide/found.ts'
import type { Note } from '../../decide/trace.ts'
import type { Unscanned } from '../../decide/policy.ts'
import { scoreText, virusesIn } from '../../decide/words.ts'
import { outageWords } from './policy-rows.ts'
import type { About, Words } from './step.ts'

type Told<Step extends Note['step']> = Extract<Note, { readonly step: Step }>

export function attachmentsWords({ asked, found }: Told<'attachments'>, { facts, placed }: About): Words {
  if (asked === undefined) return { effect: undefined, words: 'nothing is asked of them', isIdle: true }
  if (found === undefined) return { effect: 'waits', words: 'what is in the message is not known yet' }
  if (found !== 'nothing') return { effect: found.action, words: `${found.because.words}, ${placed(found.place)}` }
  const { structure } = facts
  if (structure.state !== 'known')
    return { effect: undefined, words: `not known (${why(structure)}), and unreadable: deliver` }
  const { attachments } = structure.value
  return {
    effect: undefined,
    words: attachments.length === 0 ? 'none' : `nothing against ${attachmentNames(attachments)}`,
  }
}

export function spamWords({ asked, found }: Told<'spam'>, { facts, placed }: About): Words {
  if (asked === undefined) return { effect: undefined, words: 'nothing is asked of the score', isIdle: true }
  if (found === undefined) return { effect: 'waits', words: 'the score is not known yet' }
  const { spam } = facts
  const thresholds = asked.thresholds.map(({ action, score }) => ({
    at: score.value,
    text: `${action} ${scoreText(score.value)}, ${placed(score.place)}`,
  }))
  if (spam.state !== 'known')
    return found === 'nothing'
      ? {
          effect: undefined,
          words: thresholds.length === 0 ? 'no threshold' : `no score: ${passed(spam, asked, placed)}`,
        }
      : { effect: found.action, words: `no score: ${why(spam)}, ${placed(found.place)}` }
  const score = scoreText(spam.value.score)
  // Severest first, so the one before the one reached is the next; with none reached, the lowest of all.
  const reached = thresholds.filter(({ at }) => spam.value.score >= at)
  const missed = thresholds.filter(({ at }) => spam.value.score < at).sort((a, b) => a.at - b.at)[0]
  const below = missed === undefined ? '' : `below ${missed.text}`
  if (found === 'nothing')
    return { effect: undefined, words: below === '' ? `${score}, and no threshold` : `${score} ${below}` }
  return {
    effect: found.action,
    words: [`${score} reaches ${reached[0]?.text ?? ''}`, ...(below === '' ? [] : [below])].join('; '),
  }
}

export function virusWords({ asked, found }: Told<'virus'>, { facts, placed }: About): Words {
  if (asked === undefined) return { effect: undefined, words: 'nothing is asked of viruses', isIdle: true }
  if (found === undefined) return { effect: 'waits', words: 'whether there is one is not known yet' }
  if (found !== 'nothing') return { effect: found.action, words: `${found.because.words}, ${placed(found.place)}` }
  const { virus } = facts
  if (virus.state === 'pending') return { effect: undefined, words: 'no find would change anything' }
  if (virus.state === 'unknown') return { effect: undefined, words: `not scanned: ${passed(virus, asked, placed)}` }
  const counting = virusesIn(virus.value, asked.ignore)
  if (counting.length > 0)
    return { effect: undefined, words: `${listed(counting, 'and')}: ${asked.action.value}, which changes nothing` }
  const ignored = virus.value.found
  return { effect: undefined, words: ignored.length === 0 ? 'none found' : `${listed(ignored, 'and')} ignored` }
}

export function attachmentNames(attachments: readonly Attachment[]): string {
  return listed(
    attachments.map(({ names, types }) => names[0] ?? types[0] ?? 'without a name'),
    'and',
  )
}

/** Why nothing is known, and what the policy makes of that. */
function passed(fact: Unlearned, { down, unscannable }: Unscanned, placed: About['placed']): string {
  if (fact.state === 'pending') return why(fact)
  const { kind } = fact.why
  const says =
    kind === 'down'
      ? `${outageWords(down.value)}, ${placed(down.place)}`
      : `${unscannable.value}, ${placed(unscannable.place)}`
  return `${why(fact)}; ${kind}: ${says}`
}

type Unlearned = Exclude<Facts['spam'] | Facts['virus'] | Facts['structure'], { readonly state: 'known' }>

function why(fact: Unlearned): string {
  return fact.state === 'pending' ? 'not known yet' : fact.why.words
}
