/** Parts with equal fields: what a second reader makes of their names is asked once, and each part still has its own facts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
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

function attachmentsOf(list: readonly string[]) {
  const message = crlf(`${boundary}${list.map(part => `--b\n${part}\n`).join('')}--b--\n`)
  return structureOf(message).then(({ attachments }) => attachments)
}

describe('parts with equal fields', () => {
  it('have the facts that each has alone, in any order', async () => {
    const alone = (await Promise.all(parts.map(part => attachmentsOf([part])))).flat()
    assert.equal(alone.length, parts.length)
    assert.deepEqual(await attachmentsOf([...parts, ...parts]), [...alone, ...alone])
    const turned = parts.toReversed()
    assert.deepEqual(await attachmentsOf([...turned, ...turned]), [...alone.toReversed(), ...alone.toReversed()])
  })
})
