/** What the header says, decoded, and how much of it is looked at. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rawHeader } from '../../../src/assess/header.ts'
import { addressees, authorNames, headerTexts } from '../../../src/assess/header-texts.ts'
import type { Fact } from '../../../src/decide/facts.ts'
import { messageOf } from '../../support/scripted-server.ts'

function value<T>(fact: Fact<T>): T {
  assert.ok(fact.state === 'known')
  return fact.value
}

/** The texts of all Subject fields. */
async function subjects(header: string): Promise<readonly string[]> {
  const message = messageOf([Buffer.from(`${header}\r\n\r\nSubject: in the body\r\n`, 'utf8').toString('latin1')])
  const [field] = value(await headerTexts(message, ['subject']))
  return field?.texts ?? []
}

describe('the texts of a field', () => {
  for (const [header, ...expected] of [
    ['Subject: Hello', 'Hello'],
    ['SUBJECT : Hello', 'Hello'],
    ['Subject: one\r\n two\r\n\t three', 'one two three'],
    ['Subject:\t a \u00a0 b  ', 'a b'],
    ['Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= =?utf-8?b?IGF1cw==?= =?iso-8859-1?q?_K=F6ln?=', 'Grüße aus Köln'],
    ['Subject: in=?utf-8?q?voi?=ce', 'invoice'],
    ['Subject: Gru\u0308\u00dfe', 'Gr\u00fc\u00dfe'],
    ['Subject: =?utf-8?q?a=0D=0Ab=00c?=', 'a b c'],
    ['Subject: a\r\nX-Subject: b\r\nsubject: c', 'a', 'c'],
    ['X: b'],
    ['Subject:', ''],
  ] as const)
    it(`of ${JSON.stringify(header)} are ${JSON.stringify(expected)}`, async () => {
      assert.deepEqual(await subjects(header), expected)
    })

  it('are cut, each and all together, so that no long one hides another', async () => {
    assert.equal((await subjects(`Subject: ${'x'.repeat(20_000)}`))[0]?.length, 8192)
    const [field] = value(await headerTexts(messageOf([`X: ${'\u00e4'.repeat(20_000)}\r\n\r\n`]), ['x']))
    assert.equal(field?.texts[0]?.length, 8192)
    const many = await subjects(`${`Subject: ${'y'.repeat(20_000)}\r\n`.repeat(9)}Subject: last`)
    assert.equal(many.length, 10)
    assert.equal(many.at(-1), 'last')
    assert.ok(many.join('').length <= 65_536)
    assert.equal((await subjects('Subject: a\r\n'.repeat(500) + 'X: y')).length, 100)
  })

  it('come from the beginning of a header that is too long', async () => {
    const filler = `X-Filler: ${'x'.repeat(60_000)}\r\n`.repeat(5)
    assert.deepEqual(await subjects(`Subject: a\r\n${filler}Subject: b`), ['a'])
    const cut = await rawHeader(messageOf([`${filler}\r\n`]))
    assert.equal(cut.complete, false)
    assert.ok(cut.fields.every(({ body }) => body.length === 60_001))
  })

  it('are read once, whoever asks', async () => {
    let reads = 0
    const message = messageOf(['Subject: a\r\nFrom: b <c@d>\r\nTo: e@f\r\n\r\n'])
    const counted = {
      ...message,
      pieces: (omit: ReadonlySet<string>) => {
        reads += 1
        return message.pieces(omit)
      },
    }
    await Promise.all([headerTexts(counted, ['subject']), authorNames(counted), addressees(counted)])
    assert.equal(reads, 1)
  })
})

describe('the names of the authors', () => {
  for (const [from, ...expected] of [
    ['Anna Boss <a@b.example>', 'Anna Boss'],
    ['"Boss, Anna" <a@b.example>, c@d.example, Eve <e@f.example>', 'Boss, Anna', 'Eve'],
    ['=?utf-8?q?Boss=2C_=22A=22?= <a@b.example>', 'Boss, "A"'],
    ['"=?utf-8?q?J=C3=B6rg?=" <a@b.example>', 'Jörg'],
    ['anna@b.example (Anna Boss)', 'Anna Boss'],
    ['anna@real.example <evil@b.example>', 'anna@real.example'],
    ['a@b.example'],
    ['Jörg <a@b.example>', 'Jörg'],
  ] as const)
    it(`in ${from} are ${JSON.stringify(expected)}`, async () => {
      const raw = Buffer.from(`From: ${from}\r\n\r\n`, 'utf8').toString('latin1')
      assert.deepEqual(value(await authorNames(messageOf([raw]))), expected)
    })
})

describe('the addressees', () => {
  const of = async (header: string) => {
    const all = value(await addressees(messageOf([`${header}\r\n\r\n`])))
    return all.map(({ local, domain }) => `${local}@${domain}`)
  }

  it('are all in To and Cc', async () => {
    assert.deepEqual(await of('To: A <a@B.example>, team: c@d.example, e@f.example;\r\nBcc: x@y\r\nCc: g@h.example'), [
      'a@b.example',
      'c@d.example',
      'e@f.example',
      'g@h.example',
    ])
    assert.deepEqual(await of('To: undisclosed-recipients:;'), [])
  })

  it('are at most a thousand', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => `u${i}@x.example`).join(', ')
    assert.equal((await of(`To: ${many}`)).length, 1000)
  })
})
