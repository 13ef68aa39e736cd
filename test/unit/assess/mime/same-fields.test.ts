/** Parts with equal fields: these are read once, and each part still has its own facts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { crlf, structureOf } from './corpus.ts'

const boundary = 'Content-Type: multipart/mixed; boundary=b\n\n'
const zip = 'Content-Type: application/x; name="=?utf-8?q?a=2Ezip?="\n'
const parts = [
  `${zip}\nPK`,
  `${zip}\nmuch longer than the one before`,
  `${zip}Content-Transfer-Encoding: base64\n\nUEsDBA==`,
  `${zip}Content-Transfer-Encoding: quoted-printable\n\nMZ=00`,
  `${zip}Content-Type: application/y; name=b.js\n\nx`,
  `Content-Type: application/y; name=b.js\n${zip}\nx`,
  `Content-Disposition: attachment; filename*0*=utf-8''%41; filename*1=.exe\n\nx`,
  `Content-Type: attachment; filename*0*=utf-8''%41; filename*1=.exe\n\nx`,
]

async function factsOf(list: readonly string[]) {
  const message = crlf(`${boundary}${list.map(part => `--b\n${part}\n`).join('')}--b--\n`)
  const { attachments, ambiguous } = await structureOf(message)
  return { attachments, doubts: ambiguous?.split('; ').filter(words => words !== 'and more') ?? [] }
}

const attachmentsOf = async (list: readonly string[]) => (await factsOf(list)).attachments

const field = fc
  .tuple(
    fc.constantFrom('Content-Type:', 'Content-Disposition:', 'content-type :', 'Content-Transfer-Encoding:', 'X:'),
    fc.constantFrom(' application/x', ' text/plain', ' attachment', ' base64', ' quoted-printable', ' \xfc', ''),
    fc.constantFrom('', '; name=a.exe', '; name=a.exe; name=b.js', '; filename*=%41.js', '; name="b\\ (', ' (c)'),
  )
  .map(words => `${words.join('')}\n`)
const part = fc.tuple(fc.array(field, { maxLength: 3 }), fc.constantFrom('', 'UEsDBA==', 'MZ=00', '%PDF-', '*'))
const few = fc.array(
  part.map(([fields, body]) => `${fields.join('')}\n${body}`),
  { minLength: 1, maxLength: 3 },
)

describe('parts with equal fields', () => {
  it('have the facts that each has alone, in any order', async () => {
    const alone = (await Promise.all(parts.map(part => attachmentsOf([part])))).flat()
    assert.equal(alone.length, parts.length)
    assert.deepEqual(await attachmentsOf([...parts, ...parts]), [...alone, ...alone])
    const turned = parts.toReversed()
    assert.deepEqual(await attachmentsOf([...turned, ...turned]), [...alone.toReversed(), ...alone.toReversed()])
  })

  it('are one object if all is equal, and not otherwise', async () => {
    const [first, second, third] = await attachmentsOf([`${zip}\nx`, `${zip}\nx`, `${zip}\nxx`])
    assert.equal(first, second)
    assert.deepEqual([first?.size, third?.size], [1, 2])
  })

  it('are different where another type is meant by none (RFC 2046 §5.1.5)', async () => {
    const { attachments } = await structureOf(crlf('Content-Type: multipart/digest; boundary=b\n\n--b\n\n\nx\n--b--\n'))
    assert.deepEqual(
      attachments.map(({ types }) => types),
      [['message/rfc822']],
    )
  })

  it('have them, whatever the fields, and the message has the doubts about each', async () => {
    await fc.assert(
      fc.asyncProperty(few, fc.array(fc.nat(2), { maxLength: 8 }), async (different, order) => {
        const list = order.flatMap(index => different[index] ?? [])
        const alone = await Promise.all(list.map(part => factsOf([part])))
        const { attachments, doubts } = await factsOf(list)
        assert.deepEqual(
          attachments,
          alone.flatMap(facts => facts.attachments),
        )
        // No more are named.
        const each = [...new Set(alone.flatMap(facts => facts.doubts))].sort().slice(0, 8)
        assert.deepEqual(doubts, each)
      }),
      { numRuns: 300 },
    )
  })
})
