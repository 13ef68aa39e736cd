/** The section `scanners` of lmtp-gate.yaml: who looks for viruses, and which one source gives the spam score. */
import type { ScoreField } from '../assess/scan/header-score.ts'
import type { Endpoint } from '../deliver/endpoint.ts'
import type { Section } from './settings.ts'
import { endpoint, oneOf, size, time } from './values.ts'
import type { Read, Reader } from './values.ts'

/** Tried in turn; `limit` in octets: of larger messages it is not asked; `timeout` in ms: of a scan at all of them together. */
export type Daemon = { readonly endpoints: readonly Endpoint[]; readonly limit: number; readonly timeout: number }

/** `built-in` knows the test patterns alone, for trying out. */
export type ScannersConfig = {
  readonly virus: ({ readonly kind: 'clamd' } & Daemon) | { readonly kind: 'built-in' } | undefined
  readonly spam:
    | ({ readonly kind: 'rspamd' | 'spamd' } & Daemon)
    | { readonly kind: 'header'; readonly field: ScoreField }
    | { readonly kind: 'built-in' }
    | undefined
}

export const builtInScanners: ScannersConfig = { virus: { kind: 'built-in' }, spam: { kind: 'built-in' } }

const MB = 1024 * 1024
/** ClamAV's StreamMaxLength as Debian sets it; rspamd's max_message; what spamc passes on. */
const usualLimits = { clamd: 25 * MB, rspamd: 50 * MB, spamd: 500 * 1024 }

export function scannersOf(section: Section): ScannersConfig {
  const clamd = daemonOf(section, 'clamd', endpoint)
  const rspamd = daemonOf(section, 'rspamd', httpEndpoint)
  const spamd = daemonOf(section, 'spamd', endpoint)
  const field = section.has('header')
    ? section.section('header', header =>
        header.needed('score', oneOf('X-Spam-Score', 'X-Spamd-Result', 'X-Spam-Status')),
      )
    : undefined
  const scores = ['rspamd', 'spamd', 'header'].filter(key => section.has(key))
  if (scores.length > 1)
    section.refuse('contradiction', `two sources of the score: ${scores.join(' and ')}`, 'keep one of them')
  return {
    virus: clamd === undefined ? undefined : { kind: 'clamd', ...clamd },
    spam:
      rspamd !== undefined
        ? { kind: 'rspamd', ...rspamd }
        : spamd !== undefined
          ? { kind: 'spamd', ...spamd }
          : field === undefined
            ? undefined
            : { kind: 'header', field },
  }
}

const minute = 60_000

/** One endpoint, a list that is tried in turn, or `{ endpoint: …, limit: 100MB, timeout: 30s }`. */
function daemonOf(section: Section, key: keyof typeof usualLimits, read: Reader<Endpoint>): Daemon | undefined {
  let limit = usualLimits[key]
  let timeout = minute
  const endpoints = section.several(key, read, map => {
    limit = map.one('limit', size(1024, 4096 * MB)) ?? limit
    timeout = map.one('timeout', time(1000, 4 * minute)) ?? timeout
    return map.needed('endpoint', read)
  })
  return endpoints === undefined ? undefined : { endpoints, limit, timeout }
}

/** rspamd speaks HTTP: `http://127.0.0.1:11333`. */
function httpEndpoint(text: string): Read<Endpoint> {
  const found = /^http:\/\/([^/:]+|\[[^\]/]+\]):(\d+)\/?$/.exec(text)
  if (found === null) return { wrong: `'${text}' is not where rspamd listens`, mend: 'write http://127.0.0.1:11333' }
  return endpoint(`inet:${found[1] ?? ''}:${found[2] ?? ''}`)
}
