/** The second reading of names is mailparser's: held against mailparser itself, which must be given a message for each part and takes fifty times as long. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { MailParser, type AttachmentStream, type MessageText } from 'mailparser'
import type { Bodies } from '../../../../src/assess/mime/header/header-block.ts'
import { secondNames } from '../../../../src/assess/mime/header/second-names.ts'

type Own = { readonly dispositions: readonly string[]; readonly types: readonly string[] }

function ours({ dispositions, types }: Own): string[] {
  const none = { 'Content-Transfer-Encoding': [], 'MIME-Version': [] }
  const bodies: Bodies = { ...none, 'Content-Disposition': dispositions, 'Content-Type': types }
  return secondNames(bodies).filter(name => name !== '')
}

/** Its first field of a name decides how it treats a part, so it is told that it is an attachment. */
async function mailparsers({ dispositions, types }: Own): Promise<string[]> {
  const own = [...dispositions.map(body => `Content-Disposition:${body}`), ...types.map(body => `Content-Type:${body}`)]
  const first = ['Content-Type: application/octet-stream', 'Content-Transfer-Encoding: base64']
  const parser = new MailParser()
  const names: unknown[] = []
  parser.on('data', (data: AttachmentStream | MessageText) => {
    if (data.type !== 'attachment') return
    const type = data.headers.get('content-type') as unknown as { readonly params: { readonly name?: unknown } }
    names.push(data.filename, type.params.name)
    data.content.on('data', () => undefined)
    data.content.once('end', () => data.release())
  })
  const ended = new Promise((resolve, reject) => parser.once('end', resolve).once('error', reject))
  parser.end(Buffer.from(`${[...first, ...own].join('\r\n')}\r\n\r\n`, 'latin1'))
  await ended
  return names.filter(name => typeof name === 'string').filter(name => name !== '')
}

const words = [
  'a',
  'b.exe',
  '.zip',
  '=?utf-8?q?',
  '=2Ee',
  '?=',
  '=?utf-8?b?YQ==?=',
  '=?UTF-8?B?w7w=?= =?utf-8?b?w7w=?=',
]
const charsets = [
  '=?koi8-r?b?wQ==?=',
  '=?iso-2022-jp?b?GyRCJCIbKEI=?=',
  '=?x?q?a_b?=',
  "utf-8''",
  "iso-8859-1'de'",
  "x''",
]
const octets = ['\xfc', '\xc3\xbc', '\xe2\x80\xa8', '\xef\xbf\xbd', '\xef\xbb\xbf', '\x85', '\xa0', '\xf0\x9f\x98\x80']
const others = [
  '%41',
  '%00',
  '%zz',
  '"',
  '\\',
  "'",
  ' ',
  '\t',
  '(c)',
  '(',
  ';',
  '=',
  ',',
  '_',
  '/',
  '\x7f',
  '\x0b',
  '__\0JOIN\0__',
]
const value = fc
  .array(fc.constantFrom(...words, ...charsets, ...octets, ...others), { maxLength: 5 })
  .chain(list => fc.constantFrom(list.join(''), `"${list.join('')}"`))
const keys = [
  'name',
  'filename',
  'Name',
  'name*',
  'filename*',
  'name*0',
  'name*1',
  'filename*0*',
  'filename*1*',
  'filename*1',
]
const key = fc.constantFrom(...keys, '*', '__proto__', 'constructor', 'name ', 'boundary', 'x')
const parameter = fc.tuple(fc.constantFrom(';', '; ', ' ; ', ' '), key, fc.constantFrom('=', ' = ', ''), value)
const body = fc
  .tuple(
    fc.constantFrom(' attachment', ' text/plain', 'inline', ' =?utf-8?q?inline?=', '', ' multipart/mixed'),
    fc.array(parameter, { maxLength: 4 }),
  )
  .map(([first, parameters]) => first + parameters.map(parts => parts.join('')).join(''))
const own = fc.record({ dispositions: fc.array(body, { maxLength: 2 }), types: fc.array(body, { maxLength: 3 }) })

describe('The second reading of names', () => {
  it('is what mailparser makes of the fields', async () => {
    await fc.assert(
      fc.asyncProperty(own, async fields => {
        const hasNul = [...fields.dispositions, ...fields.types].some(text => text.includes('\0'))
        assert.deepEqual(ours(fields), hasNul ? [] : await mailparsers(fields))
      }),
      { numRuns: 1000 },
    )
  })

  it('is none of fields that are too long for it', () => {
    const named = (length: number) => ({ dispositions: [], types: [` x; name=${'a'.repeat(length)}`] })
    assert.equal(ours(named(16_000))[0]?.length, 16_000)
    assert.deepEqual(ours(named(16_384)), [])
  })
})
