import assert from 'node:assert/strict'
import * as disk from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { obstacleTo } from '../../../src/tools/obstacle.ts'

let folder: string
beforeEach(() => (folder = disk.mkdtempSync(join(tmpdir(), 'gate-obstacle-'))))
afterEach(() => disk.rmSync(folder, { recursive: true }))

/** A disk on which nothing may be written to. */
function refusing(code: string): typeof disk {
  const accessSync = (path: disk.PathLike): never => {
    throw Object.assign(new Error(String(path)), { code })
  }
  return { ...disk, accessSync }
}

describe('what is in the way of a folder', () => {
  it('is nothing where it is, or can be made', () => {
    disk.symlinkSync(folder, join(folder, 'link'))
    for (const path of ['.', 'a', 'a/b/c', 'link', 'link/a']) assert.equal(obstacleTo(join(folder, path)), undefined)
    assert.deepEqual(disk.readdirSync(folder), ['link'])
  })

  const others: readonly (readonly [string, string, string])[] = [
    ['file', 'file', 'is no folder'],
    ['file/a/b', 'file', 'is no folder'],
    ['nothing', 'nothing', 'is a link to nothing'],
    ['nothing/a', 'nothing', 'is a link to nothing'],
    ['circle', 'circle', 'cannot be used: ELOOP'],
  ]
  for (const [path, where, why] of others)
    it(`is what nobody comes past: ${path}`, () => {
      disk.writeFileSync(join(folder, 'file'), '')
      disk.symlinkSync(join(folder, 'gone'), join(folder, 'nothing'))
      disk.symlinkSync('circle', join(folder, 'circle'))
      assert.deepEqual(obstacleTo(join(folder, path)), { path: join(folder, where), why, forUs: false })
    })

  it('may be in the way of us alone', () => {
    const why = 'may not be written to by the user who runs check'
    for (const code of ['EACCES', 'EPERM']) {
      assert.deepEqual(obstacleTo(folder, refusing(code)), { path: folder, why, forUs: true })
      assert.deepEqual(obstacleTo(join(folder, 'a/b'), refusing(code)), { path: folder, why, forUs: true })
    }
    const readOnly = { path: folder, why: 'is on a file system that is read-only', forUs: false }
    assert.deepEqual(obstacleTo(folder, refusing('EROFS')), readOnly)
  })
})
