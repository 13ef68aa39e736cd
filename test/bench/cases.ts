/** The loads under which speed is measured, and what the gate means to reach beside whom (issue 5). */
import { tenFates, sameFate } from './policies.ts'
import { atLeast, type Bar } from './row.ts'
import type { ServerName } from './servers/server.ts'

/** `client`: waits for each reply, opens a connection for each message, or sends MAIL, every RCPT and DATA in one write. */
export type Case = {
  readonly name: string
  readonly client: 'waiting' | 'connecting' | 'pipelining'
  readonly recipients: number
  readonly size: number
  readonly domain: string
  /** Besides no proxy and Dovecot's. */
  readonly withAmavis: boolean
  /** Also measured with several workers. */
  readonly withWorkers: boolean
  readonly bars: Readonly<Partial<Record<ServerName, Bar>>>
}

const usual = {
  client: 'waiting',
  recipients: 1,
  size: 5_000,
  domain: sameFate,
  withAmavis: false,
  withWorkers: false,
} as const

export const cases: readonly Case[] = [
  {
    ...usual,
    name: '5 KB × 1',
    withAmavis: true,
    withWorkers: true,
    bars: { "Dovecot's proxy": atLeast(3.5), amavisd: atLeast(20) },
  },
  { ...usual, name: '5 KB × 10', recipients: 10, withAmavis: true, bars: { "Dovecot's proxy": atLeast(3.5) } },
  {
    ...usual,
    name: '5 KB × 10, pipelining',
    withWorkers: true,
    client: 'pipelining',
    recipients: 10,
    bars: { "Dovecot's proxy": atLeast(8) },
  },
  {
    ...usual,
    name: '5 KB × 50, pipelining',
    client: 'pipelining',
    recipients: 50,
    bars: { "Dovecot's proxy": atLeast(10) },
  },
  {
    ...usual,
    name: '5 KB × 10, ten fates',
    recipients: 10,
    domain: tenFates,
    bars: { "Dovecot's proxy": atLeast(1.3) },
  },
  { ...usual, name: '100 KB × 1', size: 100_000, bars: { 'no proxy': atLeast(0.9) } },
  { ...usual, name: '10 MB × 1', size: 10_000_000, bars: { 'no proxy': atLeast(0.9) } },
  {
    ...usual,
    name: '5 KB × 1, new connections',
    client: 'connecting',
    withWorkers: true,
    bars: { "Dovecot's proxy": atLeast(2.5) },
  },
]
