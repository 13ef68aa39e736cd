/** Sends a load at a server: with Postfix's smtp-source, or with the client of our own that pipelines. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** `size` in octets. `source: 'smtp-source'` waits for each reply; `connection: 'new'` (smtp-source only) for every message. */
export type Work = {
  readonly name: string
  readonly source: 'smtp-source' | 'pipelining'
  readonly connection: 'kept' | 'new'
  readonly sessions: number
  readonly recipients: number
  readonly size: number
}

export type Load = Work & { readonly port: number; readonly messages: number }

export type Measured = { readonly messages: number; readonly seconds: number }

/** Rejects if any message was refused. */
export function send(load: Load): Promise<Measured> {
  switch (load.source) {
    case 'smtp-source':
      return smtpSource(load)
    case 'pipelining':
      return pipelining(load)
  }
}

async function smtpSource({ port, connection, sessions, recipients, size, messages }: Load): Promise<Measured> {
  const kept = connection === 'kept' ? ['-d'] : []
  const several = recipients > 1 ? ['-r', String(recipients)] : []
  const numbers = ['-s', String(sessions), '-m', String(messages), '-l', String(size)]
  const addresses = ['-f', 'x@sender.test', '-t', 'u@example.test', `127.0.0.1:${port}`]
  const start = performance.now()
  await run('smtp-source', ['-L', ...kept, ...several, ...numbers, ...addresses])
  return { messages, seconds: (performance.now() - start) / 1000 }
}

async function pipelining(load: Load): Promise<Measured> {
  const program = fileURLToPath(new URL('client-main.ts', import.meta.url))
  const { stdout } = await run(process.execPath, ['--import', 'tsx', program, JSON.stringify(load)])
  return JSON.parse(stdout) as Measured
}
