/** What the servers of these tests are started with. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { freePort } from '../support/free-port.ts'
import { Daemon } from './support/daemon.ts'
import { connects, listening, Site } from './support/site.ts'

const site = new Site()
after(() => site.close())

const skip = process.platform !== 'linux' && 'needs /proc'

it('kill is over when nobody listens any more, not when the first process is gone', { skip }, async () => {
  const port = await freePort()
  // The kernel takes back the memory of a process first and closes its sockets then.
  const slowToDie = `const held = Buffer.alloc(1 << 29, 1); require('net').createServer().listen(${port}, '127.0.0.1', () => held)`
  const log = join(site.root, 'daemon.log')
  const daemon = new Daemon(['sh', '-c', '"$0" -e "$1" & wait', process.execPath, slowToDie], { log })
  await listening(port, log, () => daemon.hasEnded)
  await daemon.kill()
  assert.equal(await connects(port), false)
})
