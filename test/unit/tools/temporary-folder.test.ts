/** Folders that commands have for a while are gone with them, however they end. Each is a process of its own. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { cleanUp, later } from '../../support/cleanup.ts'
import { eventually, patiently } from '../../support/turns.ts'

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gate-temporary-'))
  later(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'tmp'))
  mkdirSync(join(folder, 'rules'))
})
afterEach(cleanUp)

/** What our commands have there now. */
function left(): readonly string[] {
  return readdirSync(join(folder, 'tmp')).filter(name => name.startsWith('lmtp-gate-'))
}

function begin(...args: readonly string[]): { readonly child: ChildProcess; readonly end: Promise<unknown> } {
  const options = ['--import', import.meta.resolve('tsx'), main, ...args]
  const env = { ...process.env, TMPDIR: join(folder, 'tmp') }
  const child = spawn(process.execPath, options, { cwd: folder, env, stdio: ['pipe', 'ignore', 'inherit'] })
  const end = new Promise(resolve => child.once('close', (code, signal) => resolve(signal ?? code)))
  later(async () => {
    child.kill('SIGKILL')
    await end
  })
  return { child, end }
}

/** Ends it by the signal when it has a folder. Resolves with how it ended. */
async function interrupted(signal: NodeJS.Signals, ...args: readonly string[]): Promise<unknown> {
  const { child, end } = begin(...args)
  await eventually(
    () => left().length > 0,
    () => 'it has no folder',
  )
  child.kill(signal)
  return await patiently(end, () => 'it does not end')
}

describe('a folder for a while', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    it(`of explain is gone after ${signal}`, async () => {
      assert.equal(await interrupted(signal, 'explain', '--to', 'a@b.example', '-'), signal)
      assert.deepEqual(left(), [])
    })

  it('of what-if is gone, with what its threads have in it', async () => {
    // A scanner that never answers.
    const scanner = createServer(() => undefined).listen(0, '127.0.0.1')
    later(() => void scanner.close())
    await new Promise(resolve => scanner.once('listening', resolve))
    const { port } = scanner.address() as AddressInfo
    writeFileSync(join(folder, 'lmtp-gate.yaml'), `scanners: { spamd: inet:127.0.0.1:${port} }\n`)
    writeFileSync(join(folder, 'message.eml'), 'From: a@b.example\n\nHello\n')
    const asked = ['--scan', '--to', 'a@b.example', '--from', 'b@b.example', '--cores', '2']
    const { child, end } = begin('what-if', '--rules', 'rules', ...asked, 'message.eml')
    await patiently(new Promise(resolve => scanner.once('connection', resolve)), () => 'it does not scan')
    assert.equal(left().length, 1)
    child.kill('SIGINT')
    assert.equal(await patiently(end, () => 'it does not end'), 'SIGINT')
    assert.deepEqual(left(), [])
  })

  it('of the demo is gone', async () => {
    await interrupted('SIGINT', 'demo')
    assert.deepEqual(left(), [])
  })

  it('is gone at an ordinary end', async () => {
    const { child, end } = begin('explain', '--to', 'a@b.example', '-')
    child.stdin?.end('From: a@b.example\n\nHello\n')
    assert.equal(await patiently(end, () => 'it does not end'), 0)
    assert.deepEqual(left(), [])
  })
})
