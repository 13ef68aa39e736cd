import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { loadConfig } from '../../../src/config/config.ts'
import { formatProblem, type Problem } from '../../../src/decide/problem.ts'
import { checkFolders } from '../../../src/tools/check-folders.ts'

let folder: string
before(() => (folder = mkdtempSync(join(tmpdir(), 'gate-folders-'))))
after(() => rmSync(folder, { recursive: true }))

/** What is said if nothing may be written to, by us or by anybody. */
function refused(file: string | undefined, forUs: boolean): readonly Problem[] {
  const loaded = loadConfig(file, folder)
  if ('problems' in loaded) assert.fail('the configuration is wrong')
  return checkFolders(loaded.config, loaded.written, path => ({ path, why: 'is closed', forUs }))
}

describe('check of folders', () => {
  it('warns of what only the user who asks may not, since nobody knows which one the gate will run as', () => {
    const file = join(folder, 'lmtp-gate.yaml')
    writeFileSync(file, 'spool: { folder: /a }\nquarantine: /b\ndecisions: { folder: /c }\n')
    const severities = (forUs: boolean) => refused(file, forUs).map(({ line, severity }) => `${line} ${severity}`)
    assert.deepEqual(severities(true), ['1 warning', '2 warning', '3 warning'])
    assert.deepEqual(severities(false), ['1 error', '2 error', '3 warning'])
    const [, quarantine] = refused(file, true)
    assert.equal(
      quarantine && formatProblem({ ...quarantine, file: 'lmtp-gate.yaml' }),
      `lmtp-gate.yaml:2:13: warning: the folder of quarantine cannot be used: /b is closed [unwritable]
  2 | quarantine: /b
    |             ^^ let the user of the gate own it; if that is another one, run check as that one`,
    )
  })

  it('speaks of the folder itself if there is no configuration', () => {
    assert.deepEqual(
      refused(undefined, false).map(({ file, line }) => `${file.replace(`${folder}/`, '')}:${line}`),
      ['var/spool:0', 'var/quarantine:0', 'var/decisions:0'],
    )
  })
})
