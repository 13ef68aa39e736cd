/** The score that a trusted scanner upstream left in the header. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { HeaderScore, type ScoreField } from '../../../../src/assess/scan/header-score.ts'
import { messageOf } from '../../../support/scripted-server.ts'
import { contextOf, words } from './support.ts'

async function scan(field: ScoreField, ...header: readonly string[]): Promise<string> {
  return words(await new HeaderScore(field).scan(contextOf(`${header.join('\r\n')}\r\n\r\nX-Spam-Score: 99\r\n`)))
}

const cases: readonly (readonly [field: ScoreField, body: string, score: number, symbols: readonly string[]])[] = [
  ['X-Spam-Score', ' 6.4', 6.4, []],
  ['X-Spam-Score', '-1', -1, []],
  ['X-Spam-Score', ' 6.4 (++++++)', 6.4, []],
  ['X-Spam-Score', ' 6.4/15.0', 6.4, []],
  [
    'X-Spamd-Result',
    ' default: False [6.40 / 15.00];\r\n\tMISSING_DATE(1.00)[];\r\n\tR_SPF_ALLOW(-0.20)[+ip4:192.0.2.1];\r\n\tX_Y(0.00)[]',
    6.4,
    ['MISSING_DATE', 'R_SPF_ALLOW', 'X_Y'],
  ],
  ['X-Spamd-Result', ' default: True [-3.10 / 15.00]', -3.1, []],
  [
    'X-Spam-Status',
    ' Yes, score=6.4 required=5.0 tests=GTUBE,MISSING_DATE,\r\n\tNO_RECEIVED autolearn=no autolearn_force=no version=4.0.1',
    6.4,
    ['GTUBE', 'MISSING_DATE', 'NO_RECEIVED'],
  ],
  ['X-Spam-Status', ' No, score=-0.1 required=5.0 tests=none autolearn=ham', -0.1, []],
  ['X-Spam-Status', ' No, hits=1.5 required=5.0', 1.5, []],
]

describe('score of a header', () => {
  for (const [field, body, score, symbols] of cases)
    it(`${field}:${body.slice(0, 40)}`, async () => {
      assert.equal(await scan(field, 'Subject: x', `${field}:${body}`), `known ${JSON.stringify({ score, symbols })}`)
    })

  it('counts only if there is exactly one such field, however it is written', async () => {
    assert.equal(await scan('X-Spam-Score', 'Subject: x'), 'unscannable X-Spam-Score: no such field')
    assert.equal(
      await scan('X-Spam-Score', 'x-spam-score : 3', 'X-SPAM-SCORE: 3'),
      'unscannable X-Spam-Score: 2 such fields',
    )
    assert.equal(await scan('X-Spam-Score', 'x-spam-SCORE : 3'), 'known {"score":3,"symbols":[]}')
  })

  const wrong: readonly (readonly [ScoreField, string])[] = [
    ['X-Spam-Score', ''],
    ['X-Spam-Score', 'none'],
    ['X-Spam-Score', '6.4e3'],
    ['X-Spam-Score', '0x10'],
    ['X-Spam-Score', '6,4'],
    ['X-Spam-Score', 'Infinity'],
    ['X-Spamd-Result', '6.4'],
    ['X-Spamd-Result', 'default: False [6.4]'],
    ['X-Spam-Status', 'Yes'],
    ['X-Spam-Status', 'score=6.4'],
    ['X-Spam-Status', 'Yes, tests=score=6.4'],
  ]
  for (const [field, body] of wrong)
    it(`no score in ${field}: ${body}`, async () => {
      assert.equal(await scan(field, `${field}: ${body}`), `unscannable ${field}: no score in it`)
    })

  it('a header too long, a spool that fails', async () => {
    const long = `X-Spam-Score: 1\r\n${'X: y\r\n'.repeat(60_000)}`
    assert.equal(
      words(await new HeaderScore('X-Spam-Score').scan(contextOf(long))),
      'unscannable X-Spam-Score: header too long',
    )
    const failing = messageOf([], {
      pieces: () => {
        throw new Error('disk')
      },
    })
    assert.match(words(await new HeaderScore('X-Spam-Score').scan(contextOf(failing))), /^down /)
  })

  it('any field: a finite score or none, in no time worth mentioning', async () => {
    const fields = fc.constantFrom<ScoreField>('X-Spam-Score', 'X-Spamd-Result', 'X-Spam-Status')
    const part = fc.oneof(
      fc.constantFrom('Yes, ', 'score=', 'tests=', 'default: False [', ' / ', ']; ', 'A(1)[', '1', ' ', '='),
      fc.string(),
    )
    await fc.assert(
      fc.asyncProperty(fields, fc.array(part), async (field, parts) => {
        const scanned = await new HeaderScore(field).scan(
          contextOf(`${field}: ${parts.join('').replace(/[\r\n]/g, '')}\r\n\r\n`),
        )
        if (scanned.state === 'known') assert.ok(Number.isFinite(scanned.value.score))
      }),
    )
    for (const part of [' ', '=', 'a', 'tests=', '];A', '[', ' a'])
      for (const field of ['X-Spam-Score', 'X-Spamd-Result', 'X-Spam-Status'] as const)
        await scan(field, `${field}: Yes, score=1 tests=${part.repeat(200_000 / part.length)}`)
  })
})
