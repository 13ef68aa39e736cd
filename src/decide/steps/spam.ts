/** The step on spam: the severest threshold that the score reaches. */
import type { Facts } from '../facts.ts'
import type { Spam } from '../policy.ts'
import { scoreText } from '../words.ts'
import type { Finding } from './finding.ts'
import { askOutage, outageActions } from './outage.ts'

/** Undefined while it hangs on facts that are pending. */
export function askSpam(facts: Facts, spam: Spam): Finding | 'nothing' | undefined {
  switch (facts.spam.state) {
    case 'pending':
      return spam.thresholds.length > 0 || outageActions(spam).some(action => action !== 'deliver')
        ? undefined
        : 'nothing'
    case 'known': {
      const { score } = facts.spam.value
      const reached = spam.thresholds.find(threshold => score >= threshold.score.value)
      if (reached === undefined) return 'nothing'
      return {
        action: reached.action,
        text: spam.text,
        because: { step: 'spam', words: `${scoreText(score)} reaches ${reached.action} ${reached.score.value}` },
        place: reached.score.place,
        told: `spam ${scoreText(score)}`,
      }
    }
    case 'unknown': {
      const { why } = facts.spam
      const outage = askOutage(facts, why, spam)
      if (outage === undefined) return undefined
      if (outage.value === 'deliver') return 'nothing'
      return {
        action: outage.value,
        text: undefined,
        because: { step: 'spam', words: `no score: ${why.words}` },
        place: outage.place,
        told: 'no spam score',
      }
    }
  }
}
