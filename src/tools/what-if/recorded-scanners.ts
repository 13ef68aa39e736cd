/** What scanners found of a message when it came, as the gate wrote it into the header of what it delivered. */
import type { Sources } from '../../assess/assessment.ts'
import { headerFields } from '../../assess/header.ts'
import { HeaderScore, type ScoreField } from '../../assess/scan/header-score.ts'
import {
  down,
  scannedAs,
  unscannable,
  type Scanned,
  type SpamScanner,
  type VirusScanner,
} from '../../assess/scan/scanner.ts'
import { pending } from '../../decide/facts.ts'
import type { Fact, Facts, VirusReport } from '../../decide/facts.ts'

/** Why such a fact is not known. */
const nothingRecorded = 'nothing was recorded'

/** `field`: in which the site's own scanner writes its score, if it does. */
export function recordedSources(
  mime: Sources['mime'],
  authservs: readonly string[],
  field: ScoreField | undefined,
): Sources {
  const fields = [...new Set(['X-Spam-Score' as const, ...(field === undefined ? [] : [field])])]
  return { spam: recordedSpam(fields), spamProves: false, virus: recordedVirus, mime, authservs }
}

/**
 * What was not recorded is not known, which is something else than a scanner that did not answer. `scannerProves`: so is whether a sender is proven,
 * where no trusted host wrote about it.
 */
export function onlyRecorded(facts: Facts, scannerProves: boolean): Facts {
  const { auth } = facts
  const isUntold = scannerProves && auth.state === 'known' && auth.value.length === 0
  return { ...facts, spam: recordedOr(facts.spam), virus: recordedOr(facts.virus), auth: isUntold ? pending : auth }
}

function recordedOr<T>(fact: Fact<T>): Fact<T> {
  return fact.state === 'unknown' && fact.why.words === nothingRecorded ? pending : fact
}

function recordedSpam(fields: readonly ScoreField[]): SpamScanner {
  const scores = fields.map(field => new HeaderScore(field))
  return {
    name: 'header',
    async scan(context) {
      for (const score of scores) {
        const found = await score.scan(context)
        if (found.state === 'known') return found
      }
      const [status, second] = (await headerFields(context.message, 'X-Spam-Status')) ?? []
      const kind = second === undefined ? /^\s*Unknown, (down|unscannable)\s*$/.exec(status ?? '')?.[1] : undefined
      if (kind === undefined) return unscannable(nothingRecorded)
      return kind === 'down' ? down('as recorded') : unscannable('as recorded')
    },
  }
}

const recordedVirus: VirusScanner = {
  name: 'header',
  version: () => undefined,
  async scan({ message }) {
    const [field, second] = (await headerFields(message, 'X-Virus-Status')) ?? []
    return field === undefined || second !== undefined ? unscannable(nothingRecorded) : virusIn(field.trim())
  },
}

/** Whether a scan that failed would have come to an end another time is not recorded. */
function virusIn(text: string): Scanned<VirusReport> {
  if (text === 'Clean') return scannedAs({ found: [] })
  const names = /^Infected \((.{1,1000})\)$/.exec(text)?.[1]
  return names === undefined ? unscannable(nothingRecorded) : scannedAs({ found: names.split(', ') })
}
