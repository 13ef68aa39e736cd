/** Nothing that a sender writes ends a message early: no second message ever reaches a mailbox (DESIGN.md, invariant 7). */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Dovecot } from './support/dovecot.ts'
import { Gate } from './support/gate.ts'
import { fieldOfEach } from './support/imap.ts'
import { MailClient } from './support/mail-client.ts'
import { skipWithout } from './support/needs.ts'
import { Site } from './support/site.ts'
import { withoutChunking } from './support/without-chunking.ts'

/** What some server takes, or once took, for the end of a message. None of them is. */
const falseEnds = {
  'LF . LF': '\n.\n',
  'LF . CRLF': '\n.\r\n',
  'LF . CR': '\n.\r',
  'CRLF . LF': '\r\n.\n',
  'CRLF . CR': '\r\n.\r',
  'CRLF . CR CRLF': '\r\n.\r\r\n',
  'CR . CR': '\r.\r',
  'CR . LF': '\r.\n',
  'CR . CRLF': '\r.\r\n',
  'CRLF NUL . CRLF': '\r\n\0.\r\n',
  'CRLF . NUL CRLF': '\r\n.\0\r\n',
  'CRLF .. CRLF': '\r\n..\r\n',
  'CRLF .. LF': '\r\n..\n',
  'LF .. LF': '\n..\n',
  'LF .. CRLF': '\n..\r\n',
  'CR .. CRLF': '\r..\r\n',
}

/** Within BDAT even the true end of DATA is content. */
const onlyWithinBdat = { 'CRLF . CRLF': '\r\n.\r\n', 'CR CRLF . CRLF': '\r\r\n.\r\n' }

const modes = ['normalize', 'reject'] as const
const ways = ['BDAT', 'DATA'] as const

describe('smuggling', { skip: skipWithout('dovecot') }, () => {
  const site = new Site()
  const gates = new Map<string, Gate>()
  let dovecot: Dovecot

  before(async () => {
    const users = modes.flatMap(mode => ways.flatMap(way => [`ann-${mode}-${way}`, `eve-${mode}-${way}`]))
    dovecot = await Dovecot.start(site, { users: users.map(name => name.toLowerCase()) })
    const filtered = await withoutChunking(site, dovecot.lmtp)
    const start = async (mode: string, way: string): Promise<void> => {
      const nextHop = way === 'BDAT' ? dovecot.lmtp : filtered
      const gate = await Gate.start(site, { nextHop, more: `stray_newlines: ${mode}` }, `${mode}-${way}`)
      gates.set(`${mode} ${way}`, gate)
    }
    await Promise.all(modes.flatMap(mode => ways.map(way => start(mode, way))))
  })
  after(() => site.close())

  for (const mode of modes) {
    for (const way of ways) {
      it(`stray_newlines: ${mode}, on to Dovecot with ${way}`, async () => {
        const suffix = `${mode}-${way}@example.test`.toLowerCase()
        const client = await MailClient.open(gates.get(`${mode} ${way}`)!.lmtp, 'LHLO')
        const taken: string[] = []
        for (const [name, end] of Object.entries(falseEnds)) {
          await begin(client, `ann-${suffix}`)
          assert.equal((await client.command('DATA')).code, 354)
          client.send(`${attack(`DATA ${name}`, end, `eve-${suffix}`)}.\r\n`)
          if (await accepted(client, mode, end)) taken.push(`DATA ${name}`)
        }
        for (const [name, end] of Object.entries({ ...falseEnds, ...onlyWithinBdat })) {
          await begin(client, `ann-${suffix}`)
          const octets = attack(`BDAT ${name}`, end, `eve-${suffix}`)
          client.send(`BDAT ${octets.length} LAST\r\n${octets}`)
          if (await accepted(client, mode, end)) taken.push(`BDAT ${name}`)
        }
        await client.quit()
        assert.deepEqual(await fieldOfEach(dovecot.imap, `eve-${mode}-${way}`.toLowerCase(), 'Subject'), [])
        assert.deepEqual(await fieldOfEach(dovecot.imap, `ann-${mode}-${way}`.toLowerCase(), 'Subject'), taken)
      })
    }
  }
})

async function begin(client: MailClient, recipient: string): Promise<void> {
  const [answer] = await client.envelope('x@sender.test', [recipient])
  assert.equal(answer?.code, 250, answer?.text)
}

/** A message, and after the false end a whole transaction that is part of it. */
function attack(subject: string, end: string, victim: string): string {
  const first = `From: x@sender.test\r\nSubject: ${subject}\r\n\r\nbody`
  const second = `From: x@sender.test\r\nSubject: smuggled by ${subject}\r\n\r\nbody\r\n`
  return `${first}${end}MAIL FROM:<y@sender.test>\r\nRCPT TO:<${victim}>\r\nDATA\r\n${second}`
}

/** One final reply and no more: the next command gets its own answer. */
async function accepted(client: MailClient, mode: 'normalize' | 'reject', end: string): Promise<boolean> {
  const final = await client.reply()
  const next = await client.command('HELO out-of-step.test')
  assert.equal(next.code, 500, `out of step: ${next.code} ${next.text}`)
  const stray = /\r(?!\n)|(?<!\r)\n/.test(end)
  assert.equal(
    final.code === 250,
    mode === 'normalize' || !stray,
    `${JSON.stringify(end)}: ${final.code} ${final.text}`,
  )
  if (final.code !== 250) assert.ok(final.code >= 500, final.text)
  return final.code === 250
}
