/** The built-in scanner: two test patterns, wherever a piece of the message ends. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { builtInSpam, builtInVirus } from '../../../../src/assess/scan/built-in.ts'
import { messageOf } from '../../../support/scripted-server.ts'
import { contextOf, text, words } from './support.ts'

const eicar = 'X5O!P%@AP[4\\PZX54(P^)7CC)7}$' + 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'
const gtube = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*' + 'GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
const clean = 'known {"found":[]}'
const infected = 'known {"found":["EICAR-Test"]}'

async function virus(...pieces: readonly string[]): Promise<string> {
  return words(await builtInVirus.scan(contextOf(messageOf(pieces))))
}

describe('built-in test patterns', () => {
  it('finds EICAR, plain and as an attachment in base64', async () => {
    assert.equal(await virus(`${text}${eicar}\r\n`), infected)
    const lines =
      Buffer.from(eicar)
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    assert.equal(await virus(text, lines.join('\r\n')), infected)
    assert.equal(await virus(text), clean)
    assert.equal(await virus(eicar.slice(1)), clean)
    assert.equal(await virus(), clean)
  })

  it('finds it wherever pieces end', async () => {
    const cuts = fc.array(fc.integer({ min: 0, max: eicar.length + 40 }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(cuts, async cuts => {
        const whole = `${'a'.repeat(20)}${eicar}${'b'.repeat(20)}`
        const ends = [0, ...cuts.sort((a, b) => a - b), whole.length]
        const pieces = ends.slice(1).map((end, i) => whole.slice(ends[i], end))
        assert.equal(await virus(...pieces), infected)
      }),
    )
    assert.equal(await virus(...eicar.split('')), infected, 'octet by octet')
  })

  it('scores GTUBE as SpamAssassin does, and nothing else', async () => {
    const spam = async (...pieces: readonly string[]) => words(await builtInSpam.scan(contextOf(messageOf(pieces))))
    assert.equal(await spam(text, gtube.slice(0, 30), gtube.slice(30)), 'known {"score":1000,"symbols":["GTUBE"]}')
    assert.equal(await spam(text), 'known {"score":0,"symbols":[]}')
  })

  it('half a message is not clean, nor one that nobody waits for', async () => {
    const half = contextOf(messageOf([text], { size: 1000 }))
    assert.match(words(await builtInVirus.scan(half)), /^down /)
    const gone = contextOf(text, { signal: AbortSignal.abort() })
    assert.equal(words(await builtInSpam.scan(gone)), 'down cancelled')
  })

  it('says in its name what it is', () => {
    assert.equal(builtInVirus.name, 'built-in test patterns')
    assert.equal(builtInSpam.name, builtInVirus.name)
  })
})
