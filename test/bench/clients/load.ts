/** What a client process is asked to do, and what it measured. */
import type { Content } from './outline.ts'

/**
 * `lmtp octetwise`: the message in packets of one octet. `lmtp attempts`: RCPTs that may be refused, and no message. `instream` and
 * `checkv2`: straight at a scanner, without envelope.
 */
export type Protocol = 'lmtp' | 'lmtp octetwise' | 'lmtp attempts' | 'instream' | 'checkv2'

/**
 * `closed`: all sessions send as fast as they are answered. `open`: so many messages a second are due, and late ones count from when they
 * were due; at most for so many seconds.
 */
export type Pace =
  | { readonly kind: 'closed'; readonly messages: number }
  | { readonly kind: 'open'; readonly rate: number; readonly seconds: number }

/** `same`: so many in each message, named by `localPart`; `random`: one of so many persons in each; `in turn`: so many persons in each, from the first on. */
export type Recipients =
  | { readonly kind: 'same'; readonly count: number; readonly domain: string; readonly detail?: string }
  | { readonly kind: 'random'; readonly among: number }
  | { readonly kind: 'in turn'; readonly count: number; readonly among: number }

export type Load = {
  readonly protocol: Protocol
  readonly port: number
  readonly sessions: number
  readonly recipients: Recipients
  readonly content: Content
  readonly pace: Pace
}

/** `latency` in ms, from the first command to the last reply. */
export type Measured = {
  readonly messages: number
  readonly seconds: number
  readonly latency: { readonly p50: number; readonly p99: number }
}

/** Of the recipient with that number, from 1 on, as smtp-source names them. */
export function localPart(number: number): string {
  return number === 1 ? 'u' : `${number}u`
}

/** The address of the person with that number, from 0 on: a thousand in each domain. */
export function person(number: number): { readonly local: string; readonly domain: string } {
  return { local: `p${number}`, domain: `d${Math.floor(number / 1000)}.test` }
}
