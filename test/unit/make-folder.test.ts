import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import * as disk from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { makeFolder, usableFolder } from '../../src/make-folder.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gate-make-folder-'))))
afterEach(() => rmSync(folder, { recursive: true }))

describe('a folder', () => {
  it('is made with all that lead to it, for its owner alone; told is the first', async () => {
    assert.equal(await makeFolder(join(folder, 'a/b/c')), join(folder, 'a'))
    for (const path of ['a', 'a/b', 'a/b/c']) assert.equal(statSync(join(folder, path)).mode & 0o777, 0o700)
    assert.equal(await makeFolder(join(folder, 'a/b/d')), join(folder, 'a/b/d'))
    assert.equal(await makeFolder(join(folder, 'a/b')), undefined)
    assert.equal(await makeFolder('/'), undefined)
  })

  it('may be wanted by many at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => makeFolder(join(folder, 'a/b/c'))))
    assert.equal(statSync(join(folder, 'a/b/c')).isDirectory(), true)
    assert.ok(all.includes(join(folder, 'a')))
  })

  it('is usable only if files may be written there', async () => {
    await usableFolder(join(folder, 'a/b'))
    assert.ok(existsSync(join(folder, 'a/b')))
    const access = (path: unknown, mode?: number) =>
      Promise.reject(Object.assign(new Error(`${String(path)} ${String(mode)}`), { code: 'EACCES' }))
    await assert.rejects(usableFolder(join(folder, 'a/b'), { ...disk, access }), {
      code: 'EACCES',
      message: `${join(folder, 'a/b')} ${disk.constants.R_OK | disk.constants.W_OK | disk.constants.X_OK}`,
    })
  })

  it('may be a link to one', async () => {
    symlinkSync(folder, join(folder, 'link'))
    assert.equal(await makeFolder(join(folder, 'link')), undefined)
    assert.equal(await makeFolder(join(folder, 'link/a')), join(folder, 'link/a'))
  })

  // Who is not root is refused before.
  const procfs = /^(?:ENOENT|EACCES)$/
  const impossible: readonly (readonly [string, string, string | RegExp, string])[] = [
    ['below what takes none', '/proc/lmtp-gate/a', procfs, '/proc/lmtp-gate'],
    ['of a process', '/proc/self/lmtp-gate', procfs, '/proc/self/lmtp-gate'],
    ['below a file', 'file/a/b', 'ENOTDIR', 'file/a/b'],
    ['where a file is', 'file', 'EEXIST', 'file'],
    ['below a link to nothing', 'nothing/a', 'EEXIST', 'nothing'],
  ]
  for (const [name, path, code, fault] of impossible)
    it(`cannot be made ${name}`, async () => {
      writeFileSync(join(folder, 'file'), '')
      symlinkSync(join(folder, 'gone/gone'), join(folder, 'nothing'))
      const inside = (one: string) => (one.startsWith('/') ? one : join(folder, one))
      await assert.rejects(makeFolder(inside(path)), { code, path: inside(fault) })
    })
})
