/** What a client process is asked to do, and what it measured. */
import type { Content } from './outline.ts'

/** `instream` and `checkv2`: straight at a scanner, without envelope. */
export type Protocol = 'lmtp' | 'instream' | 'checkv2'

/** All sessions send as fast as they are answered; or so many messages a second are due, and late ones count from when they were due. */
export type Pace =
  | { readonly kind: 'closed'; readonly messages: number }
  | { readonly kind: 'open'; readonly rate: number; readonly seconds: number }

/** `recipients`: so many, named by `localPart`. */
export type Load = {
  readonly protocol: Protocol
  readonly port: number
  readonly sessions: number
  readonly recipients: number
  readonly domain: string
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
