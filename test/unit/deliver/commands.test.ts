/** MAIL and RCPT for the next hop. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noCapabilities } from '../../../src/deliver/capabilities.ts'
import { hindrance, mailCommand, rcptCommand } from '../../../src/deliver/commands.ts'
import { recipientOf, senderOf } from '../../support/scripted-server.ts'

const everything = {
  ...noCapabilities,
  eightBitMime: true,
  smtputf8: true,
  dsn: true,
  size: 0,
}
const mailParams = ['SIZE=12', 'body=8BITMIME', 'SMTPUTF8', 'RET=HDRS', 'ENVID=q+2B', 'AUTH=<>', 'X=Y']
const rcptParams = ['NOTIFY=NEVER', 'orcpt=rfc822;a@b', 'IGNOREQUOTA']

describe('commands', () => {
  it('carry addresses exactly as they came', () => {
    assert.equal(mailCommand(senderOf(''), noCapabilities), 'MAIL FROM:<>\r\n')
    const path = '"a b@\\">"@xn--bcher-kva.example'
    assert.equal(rcptCommand(recipientOf('x@y'), path, noCapabilities), `RCPT TO:<${path}>\r\n`)
  })

  it('carry each parameter only where its extension was offered', () => {
    const sender = senderOf('a@b', mailParams)
    assert.equal(mailCommand(sender, noCapabilities), 'MAIL FROM:<a@b>\r\n')
    assert.equal(mailCommand(sender, { ...noCapabilities, size: 5 }), 'MAIL FROM:<a@b> SIZE=12\r\n')
    assert.equal(mailCommand(sender, { ...noCapabilities, eightBitMime: true }), 'MAIL FROM:<a@b> body=8BITMIME\r\n')
    assert.equal(mailCommand(sender, { ...noCapabilities, smtputf8: true }), 'MAIL FROM:<a@b> SMTPUTF8\r\n')
    assert.equal(
      mailCommand(sender, everything),
      'MAIL FROM:<a@b> SIZE=12 body=8BITMIME SMTPUTF8 RET=HDRS ENVID=q+2B\r\n',
    )
    assert.equal(rcptCommand(recipientOf('c@d', rcptParams), 'c@d', noCapabilities), 'RCPT TO:<c@d>\r\n')
    assert.equal(
      rcptCommand(recipientOf('c@d', rcptParams), 'c@d', everything),
      'RCPT TO:<c@d> NOTIFY=NEVER orcpt=rfc822;a@b\r\n',
    )
  })

  it('are hindered by what would end the line early', () => {
    const good = recipientOf('c@d')
    assert.equal(hindrance(senderOf('a@b'), good, 'c@d', noCapabilities), undefined)
    for (const bad of ['a\r\nRSET', 'a\nb', 'a\0b', 'a\x7fb']) {
      assert.equal(hindrance(senderOf(bad), good, 'c@d', noCapabilities)?.kind, 'ours')
      assert.equal(hindrance(senderOf('a@b', [bad]), good, 'c@d', noCapabilities)?.kind, 'ours')
      assert.equal(hindrance(senderOf('a@b'), good, bad, noCapabilities)?.kind, 'ours')
      assert.equal(hindrance(senderOf('a@b'), recipientOf('c@d', [bad]), 'c@d', noCapabilities)?.kind, 'ours')
    }
  })

  it('are hindered by addresses beyond ASCII where the next hop lacks SMTPUTF8', () => {
    const utf8 = senderOf('a@b', ['SMTPUTF8'])
    const lacking = { kind: 'cannot', why: 'smtputf8' } as const
    assert.equal(hindrance(utf8, recipientOf('c@d'), 'c@d', noCapabilities), undefined)
    assert.deepEqual(hindrance(utf8, recipientOf('\xc3\xa4@d'), '\xc3\xa4@d', noCapabilities), lacking)
    assert.deepEqual(
      hindrance(senderOf('\xc3\xa4@b', ['SMTPUTF8']), recipientOf('c@d'), 'c@d', noCapabilities),
      lacking,
    )
    assert.equal(hindrance(utf8, recipientOf('\xc3\xa4@d'), '\xc3\xa4@d', everything), undefined)
  })
})
