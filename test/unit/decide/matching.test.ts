/** Globs, address patterns, tables of senders, networks. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { addressOf } from '../../../src/address.ts'
import { fold, globMatches, weight } from '../../../src/decide/glob.ts'
import { hasHostBits, liesIn, networkOf } from '../../../src/decide/network.ts'
import { addressPattern, fits, type AddressPattern } from '../../../src/decide/pattern.ts'
import { seenTexts, textPattern } from '../../../src/decide/text-pattern.ts'
import { SenderTable } from '../../../src/decide/sender-table.ts'

function pattern(text: string): AddressPattern {
  const read = addressPattern(text)
  assert.ok(!('wrong' in read), text)
  return read
}

describe('globMatches', () => {
  it('fits what the same pattern as an expression fits', () => {
    const unit = fc.constantFrom('a', 'b', '*', '?')
    fc.assert(
      fc.property(
        fc.string({ unit, maxLength: 8 }),
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }),
        (glob, text) => {
          const expression = new RegExp(
            `^${glob.replace(/\*+/g, '*').replaceAll('*', '.*').replaceAll('?', '.')}$`,
            's',
          )
          assert.equal(globMatches(glob, text), expression.test(text))
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('needs no more steps than text times pattern', () => {
    assert.equal(globMatches(`${'*a'.repeat(250)}b`, 'a'.repeat(8192)), false)
  })
})

describe('fold', () => {
  it('makes one of upper and lower case, and of accents however put together', () => {
    assert.equal(fold('JO\u0308RG'), fold('j\u00f6rg'))
    assert.equal(weight('*.t*p'), 3)
  })
})

describe('an address pattern', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['x.example', 'a@x.example', true],
    ['x.example', 'a@b.X.example', true],
    ['x.example', 'a@ax.example', false],
    ['x.example', 'a', false],
    ['*@x.example', 'a@x.example', true],
    ['*@x.example', 'a@b.x.example', false],
    ['*.top', 'a@b.c.top', true],
    ['*.top', 'a@top', false],
    ['news*@*', 'NewsLetter@x.example', true],
    ['a?@x.example', 'ab@x.example', true],
    ['a?@x.example', 'a@x.example', false],
    ['*', 'anybody', true],
    ['*@*', 'anybody', true],
    ['"john doe"@x', 'john@x', false],
    ['bücher.example', 'a@xn--bcher-kva.example', true],
    ['jörg@x.example', Buffer.from('JO\u0308RG@x.example').toString('latin1'), true],
    ['[list]*@x.example', '[list]-a@x.example', true],
  ]
  for (const [text, address, expected] of cases)
    it(`${text} ${expected ? 'fits' : 'does not fit'} ${address}`, () => {
      const read = addressPattern(text)
      if ('wrong' in read) assert.equal(expected, false)
      else assert.equal(fits(read, addressOf(address)), expected)
    })

  it('of the null sender fits nothing else, and nothing else fits it', () => {
    assert.equal(fits(pattern('<>'), undefined), true)
    assert.equal(fits(pattern('<>'), addressOf('a@x')), false)
    for (const text of ['*', '*@*', 'x']) assert.equal(fits(pattern(text), undefined), false)
  })
})

describe('a text pattern', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['invoice', 'Your INVOICE is here', true],
    ['invoice', 'your in voice', false],
    ['your  invoice', 'Your invoice', true],
    ['Re: *', 're: x', true],
    ['Re: *', 'Fwd: Re: x', false],
    ['a?c', 'abc', true],
    ['a?c', 'xabc', false],
    ['[x]', '[X] y', true],
    ['/a\\d+$/', 'bA12', true],
    ['/^a/', 'ba', false],
    ['/\\//', 'a/b', true],
    ['/', 'a/b', true],
    ['/a/i', 'x/A/I', true],
    ['jo\u0308rg', 'J\u00d6RG', true],
    ['/jo\u0308rg/', 'J\u00d6RG', true],
    ['*', '', true],
    ['*', '\ud83d\ude00', true],
  ]
  for (const [text, about, expected] of cases)
    it(`${text} ${expected ? 'fits' : 'does not fit'} ${about}`, () => {
      const read = textPattern(text)
      assert.ok(!('wrong' in read))
      assert.deepEqual(
        seenTexts([about]).map(seen => read.fits(seen)),
        [expected],
      )
    })

  it('needs no more steps than text times expression', () => {
    const [seen] = seenTexts(['a'.repeat(8192)])
    assert.ok(seen)
    for (const text of [
      '/(a*)*b/',
      '/(a|a)*b/',
      '/(x+x+)+y/',
      `/${'a?'.repeat(150)}${'a'.repeat(150)}b/`,
      '*a*a*a*a*a*b',
    ]) {
      const read = textPattern(text)
      assert.ok(!('wrong' in read), text)
      assert.equal(read.fits(seen), false)
    }
  })
})

describe('a table of senders', () => {
  const texts = ['x', 'y.x', '*', '*@x', 'a@x', 'a@*', '?@x', '*.x', '<>', 'b@y.x']
  const entry = fc.record({
    effect: fc.constantFrom('allow' as const, 'block' as const),
    pattern: fc.constantFrom(...texts).map(pattern),
    place: fc.constant('built in' as const),
  })
  const address = fc.option(fc.constantFrom('a@x', 'b@x', 'b@y.x', 'c@z', 'a', '@x').map(addressOf), { nil: undefined })

  it('finds the longest that fits, blocking ones first, as looking at each entry would', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), fc.array(address, { maxLength: 3 }), (entries, addresses) => {
        const fitting = entries.filter(one => addresses.some(each => fits(one.pattern, each)))
        const heaviest = Math.max(...fitting.map(one => one.pattern.weight))
        const best = fitting.filter(one => one.pattern.weight === heaviest)
        const found = new SenderTable(entries).find(addresses.map(address => ({ address, trusted: true })))
        assert.equal(found?.pattern.weight, best[0]?.pattern.weight)
        assert.equal(found?.effect, best.some(({ effect }) => effect === 'block') ? 'block' : best[0]?.effect)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a network', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['192.168.128.0/17', '192.168.200.1', true],
    ['192.168.128.0/17', '192.168.100.1', false],
    ['0.0.0.0/0', '1.2.3.4', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '2001:db8::1', true],
    ['2001:db8::/32', '2001:DB8:0:1::7', true],
    ['2001:db8::/32', '2001:db9::7', false],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['10.0.0.0/8', '::FFFF:a00:1', true],
    ['10.0.0.0/8', 'unknown', false],
    ['10.0.0.0/8', '', false],
  ]
  for (const [network, address, expected] of cases)
    it(`${network} ${expected ? 'has' : 'has not'} ${address}`, () => {
      const read = networkOf(network)
      assert.ok(read)
      assert.equal(liesIn(address, read), expected)
      assert.equal(liesIn(`IPV6:${address}`, read), expected)
    })

  it('is not what is none', () => {
    for (const text of [
      '',
      '10',
      '10.0.0',
      '10.0.0.256',
      '010.0.0.1',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      ':',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '::1/129',
      'g::',
      '1:2:3:4:5:6:7::8',
      '::1.2.3',
      '1.2.3.4::',
      '12345::',
    ])
      assert.equal(networkOf(text), undefined, text)
  })

  it('may have bits set that do not count', () => {
    for (const [text, expected] of [
      ['10.0.0.0/8', false],
      ['10.1.0.0/8', true],
      ['10.1.0.0/16', false],
      ['2001:db8::1/64', true],
      ['10.0.0.1', false],
    ] as const) {
      const network = networkOf(text)
      assert.ok(network)
      assert.equal(hasHostBits(network), expected, text)
    }
  })
})
