/** Parses one Authentication-Results field (RFC 8601 §2.2). */
import { addressOf } from '../address.ts'
import type { AuthResult } from '../decide/facts.ts'
import { withoutComments } from './comments.ts'

/** `host`: the authserv-id. */
export type AuthField = { readonly host: string; readonly results: readonly AuthResult[] }

const maxLength = 32_768
const maxClauses = 100

/**
 * `body`: unfolded, latin1. Undefined unless it is well formed throughout: what a sender could make its writer write badly is no proof of
 * anything. A result whose property names no domain has '' for it, and is left out if it is `pass`.
 */
export function readAuthResults(body: string): AuthField | undefined {
  if (body.length > maxLength) return undefined
  const text = withoutComments(body)
  if (text === undefined) return undefined
  const cursor = new Cursor(text)
  const host = cursor.take(head)
  if (host?.[1] === undefined) return undefined
  const results: AuthResult[] = []
  for (let clauses = 0; !cursor.atEnd; clauses += 1) {
    if (clauses > maxClauses || cursor.take(semicolon) === undefined) return undefined
    const result = resultOf(pairsAt(cursor))
    if (result !== undefined && (result.result !== 'pass' || result.domain !== '')) results.push(result)
  }
  return { host: host[1], results }
}

/** The authserv-id, and perhaps a version. */
const head = /\s*([^\s;="]+)(?:\s+\d{1,3})?\s*(?=;|$)/y
const semicolon = /;\s*(?:none\s*(?=;|$))?/iy
/** A value may be a quoted string, an atom, or an address with a `=` in it as mailing lists have them. */
const pair = /([^\s;="]+)\s*=\s*("(?:[^"\\]|\\.)*")?([^\s;"]*)\s*/y

class Cursor {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length
  }

  /** What the sticky `pattern` finds here, and goes behind it. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found !== null) this.#at += found[0].length
    return found ?? undefined
  }
}

type Pair = { readonly name: string; readonly value: string }

function pairsAt(cursor: Cursor): readonly Pair[] {
  const pairs: Pair[] = []
  for (let found = cursor.take(pair); found !== undefined; found = cursor.take(pair)) {
    const [, name = '', quoted = '', plain = ''] = found
    // A quoted string alone is its content; before an @ it is the quoted local part of an address.
    const value = plain === '' ? quoted.slice(1, -1).replace(/\\(.)/g, '$1') : quoted + plain
    pairs.push({ name: name.toLowerCase(), value })
  }
  return pairs
}

/** Where each method says of whom it speaks, the first that is there. header.i is in the signing domain or below it (RFC 6376 §3.5). */
const properties = {
  spf: ['smtp.mailfrom', 'smtp.mail'],
  dkim: ['header.d', 'header.i'],
  dmarc: ['header.from'],
} as const

function resultOf([first, ...rest]: readonly Pair[]): AuthResult | undefined {
  // A method may have its version with it: `dkim/1`.
  const method = first?.name.replace(/\/\d{1,3}$/, '')
  if (first === undefined || (method !== 'spf' && method !== 'dkim' && method !== 'dmarc')) return undefined
  const result = first.value.toLowerCase()
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(result)) return undefined
  const names: readonly string[] = properties[method]
  const named = names.map(name => rest.find(pair => pair.name === name)?.value).find(value => value !== undefined)
  return { method, result, domain: named === undefined ? '' : domainIn(named) }
}

/** `example.org`, `@example.org` or `a@example.org`. */
function domainIn(value: string): string {
  return addressOf(value.includes('@') ? value.replace(/^@/, 'x@') : `x@${value}`).domain
}
