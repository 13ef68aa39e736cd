/** `--facts score=7.2,virus=Eicar`: what scanners are to have found, without asking any. Pure. */
import { domainOf } from '../../address.ts'
import { down, scannedAs, unscannable, type Scanned, type SpamEvidence } from '../../assess/scan/scanner.ts'
import type { Sources } from '../../assess/assessment.ts'
import { known } from '../../decide/facts.ts'
import type { AuthResult, Facts, VirusReport } from '../../decide/facts.ts'

/** `auth` of the method and, unless one is named, of the domain that it speaks of. */
export type Given = {
  readonly spam: Scanned<SpamEvidence>
  readonly virus: Scanned<VirusReport>
  readonly auth: readonly (Omit<AuthResult, 'domain'> & { readonly domain: string | undefined })[]
}

/** What such a source is called. */
export const given = 'as given'

const names = 'score, symbol, virus, spf, dkim, dmarc'

/** What is not named was found harmless: score 0, no virus. A sentence if it cannot be understood. */
export function givenFacts(text: string): Given | string {
  let spam: Given['spam'] = scannedAs({ score: 0, symbols: [] })
  let virus: Given['virus'] = scannedAs({ found: [] })
  const symbols: string[] = []
  const found: string[] = []
  const auth: Given['auth'][number][] = []
  for (const pair of text.split(',')) {
    const [, name = '', value = ''] = /^\s*([a-z]+)\s*=\s*(\S.*?)\s*$/.exec(pair) ?? []
    switch (name) {
      case 'score': {
        const outage = outageOf(value)
        if (outage === undefined && !/^-?\d{1,6}(?:\.\d{1,3})?$/.test(value))
          return `"${value}" is no score: write a number, down or unscannable`
        spam = outage ?? scannedAs({ score: Number(value), symbols: [] })
        break
      }
      case 'symbol':
        symbols.push(value)
        break
      case 'virus':
        virus = outageOf(value) ?? virus
        if (outageOf(value) === undefined && value !== 'none') found.push(value)
        break
      case 'spf':
      case 'dkim':
      case 'dmarc': {
        const [, result = '', domain] = /^([a-z]+)(?::(\S+))?$/.exec(value) ?? []
        if (result === '')
          return `"${value}" is no result: write pass, fail or none, and perhaps a domain as in pass:example.org`
        auth.push({ method: name, result, domain: domain === undefined ? undefined : domainOf(domain) })
        break
      }
      default:
        return `"${pair.trim()}" is no fact: write name=value, with commas between; known are ${names}`
    }
  }
  if (spam.state === 'known') spam = scannedAs({ ...spam.value, symbols })
  if (found.length > 0 && virus.state === 'known') virus = scannedAs({ found })
  return { spam, virus, auth }
}

function outageOf(value: string): Scanned<never> | undefined {
  if (value === 'down') return down(given)
  return value === 'unscannable' ? unscannable(given) : undefined
}

/** Sources that find what was given. */
export function givenSources({ spam, virus }: Given, mime: Sources['mime'], authservs: readonly string[]): Sources {
  const answer = <T>(fact: Scanned<T>) => ({ name: given, scan: () => Promise.resolve(fact) })
  return {
    spam: answer(spam),
    spamProves: false,
    virus: { ...answer(virus), version: () => undefined },
    mime,
    authservs,
  }
}

/** What was given of a method takes the place of what the message says of it. */
export function withGivenAuth<F extends Pick<Facts, 'auth' | 'from' | 'sender'>>(facts: F, { auth }: Given): F {
  if (auth.length === 0) return facts
  const told = facts.auth.state === 'known' ? facts.auth.value : []
  const from = facts.from.state === 'known' ? facts.from.value[0] : undefined
  const instead = auth.map(({ method, result, domain }): AuthResult => {
    const usual = method === 'spf' ? facts.sender : from
    return { method, result, domain: domain ?? usual?.domain ?? '' }
  })
  const others = told.filter(({ method }) => !instead.some(one => one.method === method))
  return { ...facts, auth: known([...others, ...instead]) }
}
