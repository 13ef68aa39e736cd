/** Lines of a file, piece by piece: wherever it is cut, each line is found once. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { linesWithin } from '../../../../src/watch/decisions/lines.ts'

describe('lines within a part of a file', () => {
  let folder: string
  before(() => (folder = mkdtempSync(join(tmpdir(), 'gate-lines-'))))
  after(() => rmSync(folder, { recursive: true, force: true }))

  async function linesOf(text: string, cuts: readonly number[]): Promise<readonly (string | undefined)[]> {
    const path = join(folder, 'file')
    writeFileSync(path, text)
    const size = Buffer.byteLength(text)
    const ends = [...new Set([0, ...cuts.map(cut => cut % (size + 1)), size])].sort((a, b) => a - b)
    const found: (string | undefined)[] = []
    for (const [i, to] of ends.slice(1).entries())
      for await (const line of linesWithin(path, ends[i] ?? 0, to)) found.push(line)
    return found
  }

  it('finds every line once, wherever the file is cut', async () => {
    const lines = fc.array(fc.string({ maxLength: 5, unit: fc.constantFrom('a', '\u00e4', '"') }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(lines, fc.boolean(), fc.array(fc.nat(100), { maxLength: 5 }), async (all, ended, cuts) => {
        const text = all.join('\n') + (ended && all.length > 0 ? '\n' : '')
        const whole = text === '' ? [] : text.replace(/\n$/, '').split('\n')
        assert.deepEqual(await linesOf(text, cuts), whole)
      }),
    )
  })

  it('knows lines that are longer than what is read at a time', async () => {
    const long = 'x'.repeat(700_000)
    assert.deepEqual(await linesOf(`a\n${long}\nb\n`, [1, 2, 300_000, 700_002, 700_003]), ['a', long, 'b'])
  })

  it('keeps nothing of a line that cannot be a decision, and goes on behind it', async () => {
    assert.deepEqual(await linesOf(`a\n${'x'.repeat(5 * 1024 * 1024)}\nb`, []), ['a', undefined, 'b'])
  })

  it('gives a last line without its newline', async () => {
    assert.deepEqual(await linesOf('a\n{"half', [3]), ['a', '{"half'])
  })
})
