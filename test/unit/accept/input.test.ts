import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'node:test'
import { Input, unused } from '../../../src/accept/input.ts'

type Reading = { readonly input: Input; readonly lines: (string | undefined)[]; readonly asked: string[] }

/** `asked`: what the source was asked for. */
function reading(): Reading {
  const asked: string[] = []
  const input = new Input({ pause: () => asked.push('pause'), resume: () => asked.push('resume') })
  const lines: (string | undefined)[] = []
  input.lines = { line: line => lines.push(line) }
  input.message = {
    data: unused,
    octets: unused,
    chunkEnd: () => undefined,
    isReady: true,
  }
  input.readCommands()
  return { input, lines, asked }
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

for (const [what, begin] of [
  ['data', (input: Input) => input.readData()],
  ['a chunk', (input: Input) => input.readOctets(100_000_000)],
] as const)
  test(`a client that sends ${what} faster than it is read is held up for the turn of others`, async () => {
    const { input, asked } = reading()
    begin(input)
    const packet = Buffer.alloc(65_536)
    let packets = 0
    while (asked.length === 0) {
      input.write(packet)
      packets += 1
      assert.ok(packets < 20, 'never held up')
    }
    // What comes all the same is used up in the next turn.
    input.write(packet)
    assert.deepEqual(asked.splice(0), ['pause'])
    await nextTurn()
    assert.deepEqual(asked, ['resume'])
    for (let i = 1; i < packets; i += 1) input.write(packet)
    assert.deepEqual(asked, ['resume', 'pause'])
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
  const ends: number[] = []
  input.onEnd = () => ends.push(lines.length)
  input.write(commands(3000))
  input.end()
  while (ends.length === 0) await nextTurn()
  input.proceed()
  assert.deepEqual(ends, [3000])
})

test('a client is read no further than what it sent can be used up', async () => {
  const { input, lines, asked } = reading()
  input.write(Buffer.from('A\r\nB'))
  input.hold()
  assert.deepEqual(asked, [], 'half a line waits for the rest of it')
  input.write(Buffer.from('\r\nC\r\n'))
  assert.deepEqual(asked, [], 'a client of whom little waits is still seen to break off')
  input.write(commands(3000))
  assert.deepEqual(asked, ['pause'])
  input.readCommands()
  while (lines.length < 3003) await nextTurn()
  await nextTurn()
  assert.deepEqual(asked.splice(0), ['pause', 'resume'])
  assert.deepEqual(lines.slice(0, 4), ['A', 'B', 'C', 'NOOP'])
  input.write(commands(3000))
  assert.deepEqual(asked.splice(0), ['pause'])
  while (lines.length < 6003) await nextTurn()
  await nextTurn()
  assert.deepEqual(asked, ['resume'])
})

test('a client that waits for its answer is not held up', () => {
  const { input, asked } = reading()
  input.lines = { line: () => input.hold() }
  for (const line of ['A', 'B', 'C']) {
    input.write(Buffer.from(`${line}\r\n`))
    input.readCommands()
  }
  assert.deepEqual(asked, [])
})

test('a closed input takes nothing', () => {
  const { input, lines } = reading()
  let ends = 0
  input.onEnd = () => (ends += 1)
  input.write(Buffer.from('A\r\nB'))
  input.close()
  input.write(Buffer.from('\r\nC\r\n'))
  input.end()
  assert.deepEqual([lines, ends], [['A'], 0])
})

test('lines are the same however the packets are cut, the overlong ones too', () => {
  const lengths = [0, 1, 30, 2047, 2048, 2049, 35, 4094, 4095, 4096, 4097, 7, 12_000, 3, 2048, 0, 5]
  const expected = lengths.map((length, i) => (length > 2048 ? undefined : String.fromCharCode(97 + i).repeat(length)))
  const whole = Buffer.from(
    lengths.map((length, i) => String.fromCharCode(97 + i).repeat(length) + (i % 3 === 0 ? '\n' : '\r\n')).join(''),
  )
  for (const size of [whole.length, 8192, 4096, 4095, 1000, 37, 1]) {
    const { input, lines } = reading()
    for (let at = 0; at < whole.length; at += size) input.write(whole.subarray(at, at + size))
    assert.deepEqual(lines, expected, `packets of ${size}`)
  }
})

test('where a client sends what takes longer, others have their turn sooner', () => {
  const packets = (work: number): number => {
    const { input, asked } = reading()
    const message = input.message ?? assert.fail()
    input.message = { ...message, data: bytes => ({ ...unused(bytes), work: work * bytes.length }) }
    input.readData()
    let count = 0
    for (; asked.length === 0; count += 1) input.write(Buffer.alloc(1024))
    return count
  }
  assert.equal(packets(4), packets(1) / 4)
})

test('what follows a command in the same packet is read as what the command makes of it', () => {
  const { input, lines } = reading()
  const octets: string[] = []
  const message = input.message ?? assert.fail()
  input.lines = {
    line: line => {
      lines.push(line)
      if (line === 'BDAT') input.readOctets(9)
    },
  }
  input.message = {
    ...message,
    octets: bytes => {
      octets.push(bytes.toString('latin1'))
      return unused(bytes)
    },
    chunkEnd: () => input.readCommands(),
  }
  input.write(Buffer.from('A\r\nBDAT\r\none\r\ntwo\nB\r\nBDAT\r\nthr\r\nee\r\nC\r\n'))
  assert.deepEqual(lines, ['A', 'BDAT', 'B', 'BDAT', 'C'])
  assert.equal(octets.join(''), 'one\r\ntwo\nthr\r\nee\r\n')
})

test('the memory that octets came in is not looked at again, whatever of them is still to be used', async () => {
  const memory = Buffer.alloc(100_000)
  const write = (input: Input, text: string): void => {
    input.write(memory.subarray(0, memory.write(text, 'latin1')))
    memory.fill('#')
  }
  const { input, lines } = reading()
  write(input, 'NO')
  write(input, 'OP\r\nRS')
  write(input, 'ET\r')
  write(input, '\nVRFY')
  write(input, ' a\r\n')
  assert.deepEqual(lines.splice(0), ['NOOP', 'RSET', 'VRFY a'])
  write(input, 'NOOP a\r\n'.repeat(500))
  while (lines.length < 500) await nextTurn()
  assert.deepEqual([...new Set(lines.splice(0))], ['NOOP a'])
  input.hold()
  write(input, 'QUIT\r\n')
  input.readCommands()
  assert.deepEqual(lines, ['QUIT'])
})
