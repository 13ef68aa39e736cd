/** Fields that no MIME reader looks at: no text is made of them, but what is wrong with them is found, and they end the field before. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crlf, structureOf } from './corpus.ts'

const type = 'Content-Type: application/x; name=a.exe\n'

async function factsOf(header: string) {
  const { attachments, ambiguous } = await structureOf(crlf(`${header}\nx\n`))
  return { names: attachments.map(({ names }) => names), ambiguous }
}

describe('fields that MIME readers do not look at', () => {
  it('change nothing', async () => {
    const plain = { names: [['a.exe']], ambiguous: undefined }
    assert.deepEqual(await factsOf(`Subject: x\n${type}X-Other:\n y: z\n`), plain)
  })

  it('end the field before: what is continued is theirs', async () => {
    const { names } = await factsOf(`Content-Type: application/x\nX-Other: y\n ; name=b.exe\n`)
    assert.deepEqual(names, [[]])
  })

  it('are not what a continuation is, with a colon or not', async () => {
    const { names } = await factsOf('Content-Type: application/x;\n name="b:c.exe"\n')
    assert.deepEqual(names, [['b:c.exe']])
  })

  for (const [what, octet] of [
    ['NUL', '\0'],
    ['CR', '\r'],
  ] as const)
    it(`are doubtful with a ${what}`, async () => {
      const { names, ambiguous } = await factsOf(`${type}Subject: x${octet}y\n`)
      assert.deepEqual({ names, ambiguous }, { names: [['a.exe']], ambiguous: 'a control character in a header' })
    })

  it('are none without a colon', async () => {
    const { ambiguous } = await factsOf(`${type}Subject\n`)
    assert.equal(ambiguous, 'a header line without a colon')
  })
})
