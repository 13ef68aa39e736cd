import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'

const newlines = fileURLToPath(new URL('newlines.test.ts', import.meta.url))

it('line ends are found without WebAssembly, too, which a short address space or an old processor denies', () => {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined }
  const denied = 'data:text/javascript,delete WebAssembly.Module'
  const program = ['--import', 'tsx', '--import', denied, '--test-reporter=tap', newlines]
  const { status, stdout, stderr } = spawnSync(process.execPath, program, { env, encoding: 'utf8' })
  assert.equal(status, 0, stdout + stderr)
  assert.match(stdout, /^# pass 9$/m)
})
