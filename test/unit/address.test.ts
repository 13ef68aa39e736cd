/** Addresses as they stand on the wire, as policies see them, and with another detail. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { addressOf, domainOf, originalRecipient, splitDetail, withDetail, writtenAddress } from '../../src/address.ts'

const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

describe('addressOf', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['Alice@Example.ORG', 'Alice', 'example.org'],
    ['alice+x@example.org.', 'alice+x', 'example.org'],
    ['@relay.example,@b.example:alice@example.org', 'alice', 'example.org'],
    ['"john doe"@example.org', 'john doe', 'example.org'],
    ['"a\\"b\\\\c@d>e"@example.org', 'a"b\\c@d>e', 'example.org'],
    ['"x"', 'x', ''],
    ['postmaster', 'postmaster', ''],
    ['', '', ''],
    ['a@b@example.org', 'a@b', 'example.org'],
    ['u..v@example.org', 'u..v', 'example.org'],
    ['"unclosed@example.org', '"unclosed', 'example.org'],
    ['x@[192.0.2.1]', 'x', '[192.0.2.1]'],
    ['x@[IPv6:2001:DB8::1]', 'x', '[ipv6:2001:db8::1]'],
    ['x@XN--BCHER-KVA.example', 'x', 'xn--bcher-kva.example'],
    [latin1('jörg@bücher.example'), 'jörg', 'xn--bcher-kva.example'],
    [latin1('用户@例子.example'), '用户', 'xn--fsqu00a.example'],
    ['j\xf6rg@example.org', 'j\xf6rg', 'example.org'],
    [latin1('x@bü/../cher.example'), 'x', 'bü/../cher.example'],
    ['x@1.2', 'x', '1.2'],
    ['@', '', ''],
  ]
  for (const [path, local, domain] of cases)
    it(`reads ${JSON.stringify(path)}`, () => assert.deepEqual(addressOf(path), { local, domain }))

  it('never throws, and takes a path in one step however long it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)) }),
        path => {
          addressOf(path)
        },
      ),
    )
    for (const piece of ['"\\', '@a:', '\\', '"', '@', 'a.', '\xc3\xb6']) addressOf(piece.repeat(100_000))
  })
})

describe('writtenAddress', () => {
  it('takes characters, not octets', () => {
    assert.deepEqual(writtenAddress('"Jörg M."@Bücher.example'), { local: 'Jörg M.', domain: 'xn--bcher-kva.example' })
  })
})

describe('domainOf', () => {
  it('gives A-labels in lower case, and leaves alone what is no host name', () => {
    assert.equal(domainOf('BÜCHER.Example'), 'xn--bcher-kva.example')
    assert.equal(domainOf('a b:25/c'), 'a b:25/c')
    assert.equal(domainOf('.'), '.')
  })
})

describe('originalRecipient', () => {
  const cases: readonly (readonly [readonly string[], string | undefined])[] = [
    [['ORCPT=rfc822;alice@example.org'], 'alice@example.org'],
    [['NOTIFY=NEVER', 'orcpt=RFC822;Bob+2BShop@Example.ORG'], 'Bob+Shop@example.org'],
    [['ORCPT=rfc822;a+3Db@x.example'], 'a=b@x.example'],
    [['ORCPT=utf-8;j\\x{F6}rg@example.org'], 'jörg@example.org'],
    [['ORCPT=utf-8;j\\x{110000}@example.org'], 'j\\x{110000}@example.org'],
    [[`ORCPT=utf-8;${latin1('jörg')}@example.org`], 'jörg@example.org'],
    [['ORCPT=x400;/c=de/'], undefined],
    [['ORCPT=rfc822;'], undefined],
    [['NOTIFY=NEVER'], undefined],
    [[], undefined],
  ]
  for (const [params, expected] of cases)
    it(`finds ${expected ?? 'none'} in ${JSON.stringify(params)}`, () => {
      const found = originalRecipient(params)
      assert.equal(found === undefined ? undefined : `${found.local}@${found.domain}`, expected)
    })
})

describe('splitDetail', () => {
  const cases: readonly (readonly [string, string, string, string | undefined])[] = [
    ['alice+shop', '+', 'alice', 'shop'],
    ['alice+a+b', '+', 'alice', 'a+b'],
    ['alice-a+b', '+-', 'alice', 'a+b'],
    ['alice+', '+', 'alice', ''],
    ['+alice', '+', '+alice', undefined],
    ['alice', '+', 'alice', undefined],
    ['alice+shop', '', 'alice+shop', undefined],
    ['owner-list', '-', 'owner-list', undefined],
    ['list-request', '-', 'list-request', undefined],
    ['Owner-list+x', '+', 'Owner-list', 'x'],
    ['list-Request', '+-', 'list-Request', undefined],
    ['postmaster', 'o', 'postmaster', undefined],
    ['double-bounce', '-', 'double-bounce', undefined],
  ]
  for (const [local, delimiters, base, detail] of cases)
    it(`splits ${local} at ${delimiters || 'nothing'}`, () =>
      assert.deepEqual(splitDetail(local, delimiters), { base, detail }))
})

describe('withDetail', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['alice@example.org', 'Junk', '+', 'alice+Junk@example.org'],
    ['alice+x@Example.org', 'Junk', '+', 'alice+Junk@Example.org'],
    ['alice-x@example.org', 'Junk', '+-', 'alice-Junk@example.org'],
    ['alice@example.org', 'Junk', '+-', 'alice+Junk@example.org'],
    ['alice@example.org', 'Junk', '', 'alice@example.org'],
    ['alice', 'Junk', '+', 'alice+Junk'],
    ['"alice x"@example.org', 'Junk', '+', '"alice x+Junk"@example.org'],
    ['"a\\"b"@example.org', 'Junk', '+', '"a\\"b+Junk"@example.org'],
    ['alice@example.org', 'Lists/Post fix', '+', '"alice+Lists/Post fix"@example.org'],
    ['alice@example.org', 'say "hi"\\', '+', '"alice+say \\"hi\\"\\\\"@example.org'],
    ['alice@example.org', 'a.b', '+', 'alice+a.b@example.org'],
    ['alice@example.org', 'a.', '+', '"alice+a."@example.org'],
    ['alice@example.org', 'Entwürfe', '+', latin1('alice+Entwürfe@example.org')],
    ['@relay:alice@example.org', 'Junk', '+', '@relay:alice+Junk@example.org'],
    ['u..v@example.org', 'Junk', '+', 'u..v+Junk@example.org'],
  ]
  for (const [path, detail, delimiters, expected] of cases)
    it(`makes ${JSON.stringify(expected)}`, () => assert.equal(withDetail(path, detail, delimiters), expected))

  it('is read again as the same person with that detail', () => {
    const text = fc
      .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
      .filter(one => !/[\x00-\x1f\x7f]/.test(one))
    const local = fc.string({
      minLength: 1,
      maxLength: 8,
      unit: fc.constantFrom('a', 'b', '.', ' ', '"', '\\', '@', '>'),
    })
    fc.assert(
      fc.property(local, text, (name, detail) => {
        const path = `"${name.replace(/["\\]/g, '\\$&')}"@example.org`
        assert.deepEqual(addressOf(withDetail(path, detail, '+')), {
          local: `${name}+${detail}`,
          domain: 'example.org',
        })
        assert.equal(addressOf(withDetail('alice@example.org', detail, '+')).local, `alice+${detail}`)
      }),
    )
  })
})
