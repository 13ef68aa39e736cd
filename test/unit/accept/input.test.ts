import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'node:test'
import { Input, type Taker } from '../../../src/accept/input.ts'

function reading(): { readonly input: Input; readonly lines: (string | undefined)[] } {
  const input = new Input()
  const lines: (string | undefined)[] = []
  const taker: Taker = {
    line: line => lines.push(line),
    data: bytes => ({ taken: bytes.length, ended: false }),
    octets: () => undefined,
    chunkEnd: () => undefined,
    isReady: true,
  }
  input.taker = taker
  input.readCommands()
  return { input, lines }
}

const commands = (count: number): Buffer => Buffer.from('NOOP\r\n'.repeat(count))

test('a packet of thousands of commands is not answered in one go', async () => {
  const { input, lines } = reading()
  input.write(commands(3000))
  const first = lines.length
  assert.ok(first > 0 && first < 1000, `${first} at once`)
  await nextTurn()
  assert.ok(lines.length > first && lines.length < 2000, `${lines.length} in two goes`)
  while (lines.length < 3000) await nextTurn()
  await nextTurn()
  assert.equal(lines.length, 3000)
})

test('what a client is told to wait for stays waiting between two goes', async () => {
  const { input, lines } = reading()
  input.write(commands(3000))
  const first = lines.length
  input.hold()
  input.proceed()
  for (let turns = 0; turns < 5; turns += 1) await nextTurn()
  assert.equal(lines.length, first)
  input.readCommands()
  while (lines.length < 3000) await nextTurn()
  assert.deepEqual(new Set(lines), new Set(['NOOP']))
})

test('a connection that ends between two goes has its commands answered, and then its end seen', async () => {
  const { input, lines } = reading()
  let finished = 0
  input.once('finish', () => (finished = lines.length))
  input.end(commands(3000))
  while (finished === 0) await nextTurn()
  assert.equal(finished, 3000)
})
