/** The wire and the life of a process on the newest Node; everything else runs on the Node that runs the tests (engines in package.json). */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'

/** .ci/run fetches it from the npm registry and says where it is. */
const newest = process.env['NEWEST_NODE']
const tests = import.meta.dirname
const folders = ['transcripts', 'unit/accept', 'unit/deliver', 'unit/settle', 'unit/decide']
const skip = newest === undefined ? 'NEWEST_NODE does not say where a newer Node is' : false

it('everything on the wire holds on the newest Node', { skip }, async () => {
  const files = folders.flatMap(folder =>
    readdirSync(join(tests, folder))
      .filter(name => name.endsWith('.test.ts'))
      .map(name => join(tests, folder, name)),
  )
  const stdout = await output(newest ?? '', ['--import', 'tsx', '--test', '--test-reporter=tap', ...files])
  // With what is said of each: here it may be the only time.
  const failures = stdout.match(/^ *not ok .*(?:\n +---\n[^]*?\n +\.\.\.$)?/gm) ?? []
  assert.equal(failures.join('\n'), '')
  assert.match(stdout, /^# pass [1-9]\d\d/m)
})

/** What it prints, whatever its exit code. */
function output(command: string, args: readonly string[]): Promise<string> {
  // A test runner below a test runner would report to it, unless it does not know.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined }
  return new Promise(resolve => {
    execFile(command, args, { env, maxBuffer: 100_000_000 }, (_error, stdout) => resolve(stdout))
  })
}
