/** `for:`, by which a group names its members and a domain the other domains it serves (rules/README.md). */
import { splitDetail, writtenAddress } from '../../address.ts'
import { fold } from '../glob.ts'
import type { Kind } from './policy-file.ts'
import { someOf, taking, type Reader, type Spot } from './reader.ts'
import { wordSchema } from './schema.ts'
import { lineOf } from './values.ts'

/** Folded. `local` undefined: everybody of the domain; `domain` undefined: of every domain. */
export type Member = Spot<{ readonly local: string | undefined; readonly domain: string | undefined }>

const addressLine = lineOf('an address', 320, 'alice@example.org')

export function membersValue(kind: Kind, delimiters: string): Reader<readonly Member[]> {
  const addresses = taking(wordSchema(forms[kind], patterns[kind]), (tree, findings) => {
    const text = addressLine(tree, findings)
    if (text === null) return null
    const address = writtenAddress(text)
    const local = address.local === '*' ? undefined : fold(address.local)
    const domain = address.domain === '*' ? undefined : fold(address.domain)
    const form = { local, domain }
    if (!fitsKind(form, kind) || /[*?]/.test(`${local ?? ''}${domain ?? ''}`) || local === '' || domain === '')
      return findings.error(tree.span, 'wrong-value', `"${text}" names nobody here`, `write ${forms[kind]}`)
    if (local !== undefined && splitDetail(local, delimiters).detail !== undefined)
      return findings.error(
        tree.span,
        'wrong-value',
        `"${text}" has a detail, which is left out when files are looked up`,
        'use a rule with detail:',
      )
    return form
  })
  return someOf(addresses)
}

/** As far as they tell the forms apart. */
const patterns: Readonly<Record<Kind, string>> = {
  person: '(?!)',
  group: '\\s*[^*?]+@[^*?@]+',
  'top group': '\\s*[^*?]+@(?:[^*?@]+|\\*\\s*)',
  domain: '\\s*\\*@[^*?@]+',
  site: '(?!)',
}

const forms: Readonly<Record<Kind, string>> = {
  person: 'nothing',
  group: 'addresses, as alice@example.org',
  'top group': 'addresses, as alice@example.org or "abuse@*"',
  domain: 'a domain, as "*@example.com"',
  site: 'nothing',
}

function fitsKind({ local, domain }: Member['value'], kind: Kind): boolean {
  switch (kind) {
    case 'group':
      return local !== undefined && domain !== undefined
    case 'top group':
      return local !== undefined
    case 'domain':
      return local === undefined && domain !== undefined
    case 'person':
    case 'site':
      return false
  }
}
