/** Postfix's smtp-source, which waits for each reply before its next command. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** `size` in octets. `connection`: one is kept by each session, or there is a new one for every message. */
export type SmtpSourceLoad = {
  readonly port: number
  readonly connection: 'kept' | 'new'
  readonly sessions: number
  readonly recipients: number
  readonly domain: string
  readonly size: number
  readonly messages: number
}

/** The seconds it took. Rejects if any message was refused. */
export async function smtpSource(load: SmtpSourceLoad): Promise<number> {
  const { port, connection, sessions, recipients, domain, size, messages } = load
  const kept = connection === 'kept' ? ['-d'] : []
  const several = recipients > 1 ? ['-r', String(recipients)] : []
  const numbers = ['-s', String(sessions), '-m', String(messages), '-l', String(size)]
  const addresses = ['-f', 'x@sender.test', '-t', `u@${domain}`, `127.0.0.1:${port}`]
  const start = performance.now()
  await run('smtp-source', ['-L', ...kept, ...several, ...numbers, ...addresses])
  return (performance.now() - start) / 1000
}
