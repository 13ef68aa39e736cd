/** Postfix's smtp-sink, which takes everything and keeps nothing. It does not run as root. */
import { join } from 'node:path'
import { Daemon } from '../../real/support/daemon.ts'
import { freePort } from '../../support/free-port.ts'
import { listening, type Site } from '../../real/support/site.ts'
import type { Server } from './server.ts'

export async function startSink(site: Site): Promise<Server> {
  const port = await freePort()
  const log = join(site.folder('sink'), 'log')
  const daemon = site.add(new Daemon(['smtp-sink', '-L', '-u', 'nobody', `127.0.0.1:${port}`, '512'], { log }))
  await listening(port, log, () => daemon.hasEnded)
  return { name: 'no proxy', port, group: undefined }
}
