import assert from 'node:assert/strict'
import { normalize } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { mailboxOf } from '../../../../src/tools/store/mailbox.ts'

const at = (local: string, domain: string, detail?: string) => mailboxOf({ local, domain }, detail)?.join('/')

describe('a mailbox of the store', () => {
  it('lies under domain and local part, in lower case', () => {
    assert.equal(at('Alice', 'example.org'), 'example.org/alice')
    assert.equal(at('postmaster', ''), '%/postmaster')
  })

  it('has a Maildir++ folder for the detail', () => {
    assert.equal(at('alice', 'example.org', 'Junk'), 'example.org/alice/.Junk')
    assert.equal(at('alice', 'example.org', 'a.b/c'), 'example.org/alice/.a%2eb%2fc')
    assert.equal(at('alice', 'example.org', 'Inbox'), 'example.org/alice')
    assert.equal(at('alice', 'example.org', ''), 'example.org/alice')
  })

  it('is never outside', () => {
    assert.equal(at('..', '..', '../..'), '%2e./%2e./.%2e%2e%2f%2e%2e')
    assert.equal(at('/etc/passwd', 'a/../b'), 'a%2f..%2fb/%2fetc%2fpasswd')
    assert.equal(at('a\0b\n', 'x'), 'x/a%00b%0a')
    assert.equal(at('', 'x'), undefined)
    assert.equal(at('a'.repeat(201), 'x'), undefined)
    const text = fc.string({ unit: 'binary', maxLength: 20 })
    fc.assert(
      fc.property(text, text, fc.option(text, { nil: undefined }), (local, domain, detail) => {
        const path = at(local, domain, detail)
        if (path === undefined) return
        assert.match(path, /^[\w%.+=/ -]+$/)
        assert.equal(normalize(path), path)
        assert.ok(path.split('/').length <= 3 && !path.startsWith('/') && !path.startsWith('.'))
      }),
    )
  })

  it('is nobody else’s', () => {
    assert.equal(at('u', 'x', '%2e'), 'x/u/.%252e')
    assert.equal(at('%2e', '%2e'), '%252e/%252e')
    const text = fc.string({ unit: fc.constantFrom('a', 'A', '.', '%', '2', 'e', '/', 'é', '\0'), maxLength: 6 })
    fc.assert(
      fc.property(text, text, (one, other) => {
        if (one.toLowerCase() !== other.toLowerCase()) assert.notEqual(at(one, 'x') ?? one, at(other, 'x') ?? other)
        if (one !== other && one !== '' && other !== '')
          assert.notEqual(at('u', 'x', one)?.split('/')[2], at('u', 'x', other)?.split('/')[2])
      }),
      { numRuns: 1000 },
    )
  })
})
