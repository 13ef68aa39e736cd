/** Sends a case's messages, with the client that it names. */
import type { Bench } from './bench.ts'
import type { Case } from './cases.ts'
import { smtpSource } from './clients/smtp-source.ts'
import type { Server } from './servers/server.ts'

export const sessions = 8

/** The seconds it took. Rejects if anything was refused. */
export async function send({ client }: Bench, work: Case, { port }: Server, messages: number): Promise<number> {
  const { recipients: count, domain } = work
  const load = { port, sessions, recipients: count, domain }
  switch (work.client) {
    case 'waiting':
      return smtpSource({ ...load, size: work.size, messages, connection: 'kept' })
    case 'connecting':
      return smtpSource({ ...load, size: work.size, messages, connection: 'new' })
    case 'pipelining': {
      const content = { kind: 'text', size: work.size } as const
      const measured = await client.send({
        ...load,
        recipients: { kind: 'same', count, domain },
        protocol: 'lmtp',
        content,
        pace: { kind: 'closed', messages },
      })
      return measured.seconds
    }
  }
}
