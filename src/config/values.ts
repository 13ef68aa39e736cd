/** What each key of lmtp-gate.yaml may hold. */
import { resolve } from 'node:path'
import type { ListenEndpoint } from '../accept/listen.ts'
import { hasHostBits, networkOf } from '../decide/network.ts'
import { parseEndpoint } from '../deliver/endpoint.ts'
import type { Endpoint } from '../deliver/endpoint.ts'
import { parseSize, parseTime, sizeText } from '../units.ts'

/** What was read, or what is wrong and how it should be written. */
export type Read<T> = { readonly value: T } | { readonly wrong: string; readonly mend: string }

export type Reader<T> = (text: string) => Read<T>

export function endpoint(text: string): Read<Endpoint> {
  const found = parseEndpoint(text)
  if (typeof found !== 'string') return { value: found }
  const [wrong = found, mend = 'write inet:host:port or unix:/path'] = found.split(/: (?=write )/)
  return { wrong, mend }
}

/** A Unix socket is for its owner and group unless the file says otherwise. */
export const usualMode = 0o660

/** `mode` undefined: the usual one. `proxies`: the load balancers that speak the PROXY protocol there. */
export function listenEndpoint(text: string, mode?: number, proxies?: readonly string[]): Read<ListenEndpoint> {
  const read = endpoint(text)
  if ('wrong' in read) return read
  const { value } = read
  switch (value.kind) {
    case 'unix':
      if (proxies !== undefined)
        return { wrong: 'a Unix socket has no addresses to tell load balancers by', mend: 'write inet:host:port' }
      return { value: { ...value, mode: mode ?? usualMode } }
    case 'inet':
      if (mode !== undefined) return { wrong: 'only a Unix socket has a mode', mend: 'leave mode out' }
      if (value.port === 25)
        return { wrong: 'LMTP must not be spoken on port 25 (RFC 2033 §5)', mend: 'take another port, such as 2424' }
      return { value: proxies === undefined ? value : { ...value, proxies } }
  }
}

export function socketMode(text: string): Read<number> {
  if (/^0?[0-7]{3}$/.test(text)) return { value: parseInt(text, 8) }
  return { wrong: `${text} is no mode`, mend: 'write three octal digits as for chmod, such as 0660' }
}

export function network(text: string): Read<string> {
  const found = networkOf(text)
  const mend = 'write an address or a network, such as 127.0.0.0/8 or ::1'
  if (found === undefined) return { wrong: `${text} is no network`, mend }
  if (hasHostBits(found)) return { wrong: `${text} has bits beyond its own /${found.bits}`, mend }
  return { value: text }
}

export function hostName(text: string): Read<string> {
  const labels = text.split('.')
  const fine =
    text.length <= 255 && labels.every(label => /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label))
  if (fine) return { value: text }
  return { wrong: 'this is no host name', mend: 'write it as in DNS, such as mail.example.org' }
}

export function delimiter(text: string): Read<string> {
  if (/^[!#$%&'*+/=?^_`{|}~.-]{0,8}$/.test(text)) return { value: text }
  return {
    wrong: 'this cannot part a detail from an address',
    mend: 'write the same as recipient_delimiter in Postfix, such as "+"',
  }
}

/** Absolute, or relative to `base`. */
export function folder(base: string): Reader<string> {
  return text => {
    if (text !== '' && !/[\x00-\x1f]/.test(text)) return { value: resolve(base, text) }
    return { wrong: 'this is no folder', mend: 'write a path; a relative one counts from this file' }
  }
}

export function oneOf<const T extends string>(...words: readonly T[]): Reader<T> {
  return text => {
    const value = words.find(word => word === text)
    return value === undefined ? { wrong: `${text} is not known here`, mend: `write ${words.join(' or ')}` } : { value }
  }
}

export function number(least: number, most: number): Reader<number> {
  return text => {
    if (!/^\d{1,9}$/.test(text)) return { wrong: `${text} is no number`, mend: `write one from ${least} to ${most}` }
    return within(Number(text), least, most, String)
  }
}

export function size(least: number, most: number): Reader<number> {
  return text => {
    const octets = parseSize(text)
    if (octets === undefined)
      return { wrong: `${text} is no size`, mend: 'write octets or a unit, such as 500K, 50MB, 1G' }
    return within(octets, least, most, sizeText)
  }
}

export function time(least: number, most: number): Reader<number> {
  return text => {
    const ms = parseTime(text)
    if (ms === undefined)
      return { wrong: `${text} is no time`, mend: 'write a number and s, m, h, d or w, such as 30s or 4m' }
    return within(ms, least, most, value => `${value / 1000}s`)
  }
}

function within(value: number, least: number, most: number, text: (value: number) => string): Read<number> {
  if (value < least) return { wrong: 'this is too little', mend: `write at least ${text(least)}` }
  if (value > most) return { wrong: 'this is too much', mend: `write at most ${text(most)}` }
  return { value }
}
