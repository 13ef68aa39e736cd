/** Why the workers are not node:cluster's (src/README.md). If an update mends one of these, this test fails, and the decision can be made anew. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { cleanUp, later } from '../../support/cleanup.ts'

/** Two workers that greet with their process id; `first` runs in the first process when both listen. */
function script(first: string): string {
  return `
    const cluster = require('cluster'), net = require('net'), fs = require('fs')
    const path = process.env.SOCKET
    const until = async isSo => { while (!isSo()) await new Promise(resolve => setTimeout(resolve, 5)) }
    if (cluster.isWorker) {
      process.on('exit', () => fs.writeSync(1, 'worker ends'))
      net.createServer(socket => socket.write('220 hello')).listen(path)
    } else {
      const workers = [cluster.fork(), cluster.fork()]
      let listening = 0
      cluster.on('listening', () => { if (++listening === 2) first() })
      async function first() {
        const clients = []
        const connect = () => {
          const socket = net.connect(path)
          const client = { socket, greeted: false, ended: false }
          socket.on('data', () => (client.greeted = true)).on('close', () => (client.ended = true)).on('error', () => {})
          clients.push(client)
          return client
        }
        ${first}
      }
    }`
}

function run(first: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'gate-cluster-'))
  later(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'script.cjs')
  writeFileSync(file, script(first))
  const env = { ...process.env, SOCKET: join(folder, 'socket') }
  return new Promise(resolve => {
    execFile(process.execPath, [file], { env }, (_, out) => resolve(out))
  })
}

describe('node:cluster', () => {
  afterEach(cleanUp)

  it('leaves a client without a greeting for ever if the worker that was to have him dies', async () => {
    const out = await run(`
      process.kill(workers[0].process.pid, 'SIGSTOP')
      for (let i = 0; i < 4; i += 1) connect()
      await until(() => clients.filter(({ greeted }) => greeted).length === 3)
      workers[0].process.kill('SIGKILL')
      await until(() => workers[0].isDead())
      const late = connect()
      await until(() => late.greeted)
      process.stdout.write(clients.map(({ greeted, ended }) => greeted ? 'greeted' : ended ? 'ended' : 'waits').sort().join(' '), () => {
        workers[1].process.kill('SIGKILL')
        process.exit()
      })`)
    assert.equal(out, 'greeted greeted greeted greeted waits')
  })

  it('removes the socket when its last worker dies', async () => {
    const out = await run(`
      for (const worker of workers) worker.process.kill('SIGKILL')
      await until(() => workers.every(worker => worker.isDead()))
      await until(() => !fs.existsSync(path))
      process.stdout.write('gone')`)
    assert.equal(out, 'gone')
  })

  it('ends a worker in the midst of its work when the first process dies', async () => {
    const out = await run(`
      const client = connect()
      await until(() => client.greeted)
      process.kill(process.pid, 'SIGKILL')`)
    assert.equal(out, 'worker endsworker ends')
  })
})
