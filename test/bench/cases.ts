/** The loads that are measured, and how fast the gate means to be at each. */
import type { Work } from './load.ts'

/** `aim`: rate of the gate divided by that of Dovecot's proxy, at least; undefined: nothing was promised. */
export type Case = Work & { readonly aim: number | undefined }

const usual = { source: 'smtp-source', connection: 'kept', sessions: 8, recipients: 1, size: 5_000 } as const

export const cases: readonly Case[] = [
  { ...usual, name: '5 KB × 1', aim: 1.5 },
  { ...usual, name: '5 KB × 10', recipients: 10, aim: 1.5 },
  { ...usual, name: '5 KB × 10, pipelined', source: 'pipelining', recipients: 10, aim: 1.5 },
  { ...usual, name: '5 KB × 50, pipelined', source: 'pipelining', recipients: 50, aim: undefined },
  { ...usual, name: '5 KB × 1, new connections', connection: 'new', aim: 1.5 },
  { ...usual, name: '100 KB × 1', size: 100_000, aim: 1 },
]
