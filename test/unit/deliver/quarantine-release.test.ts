/** A release against a next hop that does as the test says: the entry goes only when it said that it has the message. */
import assert from 'node:assert/strict'
import { mkdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Quarantine } from '../../../src/deliver/quarantine.ts'
import type { QuarantineEntry } from '../../../src/deliver/quarantine.ts'
import type { Found } from '../../../src/deliver/quarantine/names.ts'
import { release } from '../../../src/deliver/quarantine/release.ts'
import type { Released } from '../../../src/deliver/quarantine/release.ts'
import { Shelf } from '../../../src/deliver/quarantine/shelf.ts'
import type { Disk } from '../../../src/deliver/quarantine/files.ts'
import { replyText } from '../../../src/reply.ts'
import type { Peer } from '../../support/peer.ts'
import { entryFor, text } from '../../support/quarantine-entry.ts'
import { all, brokenAt, namesIn, quarantineFolders } from '../../support/quarantine.ts'
import { lines, senderOf, withServer } from '../../support/scripted-server.ts'
import type { Bench } from '../../support/scripted-server.ts'
import { turns } from '../../support/turns.ts'

const newFolder = quarantineFolders()
const offers = ['8BITMIME', 'PIPELINING', 'CHUNKING']

type Kept = Bench & {
  readonly folder: string
  readonly shelf: Shelf
  readonly found: Found
  readonly release: (found?: Found) => Promise<Released>
}

/** An entry and a next hop, for as long as `task` runs. */
async function withEntry(
  task: (kept: Kept) => Promise<void>,
  more: Partial<QuarantineEntry> = {},
  files?: Disk,
): Promise<void> {
  await withServer(async bench => {
    const folder = newFolder()
    await new Quarantine(folder, bench.clock).keep(entryFor('alice@example.org', more))
    const shelf = new Shelf(folder, files)
    const [found] = await all(shelf.found())
    assert.ok(found !== undefined)
    const options = { nextHopFor: () => bench.hop, clock: bench.clock, name: 'gate.example' }
    await task({ ...bench, folder, shelf, found, release: (which = found) => release(shelf, which, options) })
  })
}

/** Takes MAIL and RCPT, and the message; gives the three. */
async function takeAll(peer: Peer): Promise<readonly [string, string, string]> {
  const [mail = '', rcpt = ''] = await lines(peer, 2)
  peer.send('250 2.1.0 ok\r\n250 2.1.5 ok\r\n')
  const size = Number(/^BDAT (\d+) LAST$/.exec(await peer.line())?.[1])
  return [mail, rcpt, await peer.octets(size)]
}

/** `refused 550 5.2.1 no (cause)` */
function words(released: Released): string {
  const reply = 'reply' in released ? ` ${replyText(released.reply)}` : ''
  const cause = 'cause' in released && released.cause !== undefined ? ` (${released.cause})` : ''
  return `${released.kind}${reply}${cause}`
}

describe('release', () => {
  it('sends the message as it came, with a trace, from its sender to its recipient alone, and then deletes the entry', async () => {
    await withEntry(
      async ({ server, release, folder }) => {
        const done = release()
        const peer = await server.ready(offers)
        const [mail, rcpt, message] = await takeAll(peer)
        assert.equal(mail, 'MAIL FROM:<s@example.org> BODY=8BITMIME')
        assert.equal(rcpt, 'RCPT TO:<alice@example.org>')
        const [trace = '', rest] = message.split(/(?=^X-Lmtp-Gate)/m)
        assert.match(
          trace,
          /^Received: from gate\.example\r\n\tby gate\.example with LMTP id t1\r\n\tfor <alice@example\.org>;\r\n\t/,
        )
        assert.equal(rest, `X-Lmtp-Gate: released from quarantine\r\n${text}`)
        assert.match(namesIn(folder).join(), /^\w+-\w+\.releasing-20261122T060000000Z$/)
        peer.send('250 2.0.0 Saved\r\n')
        const released = await done
        assert.deepEqual(words(released), 'released 250 2.0.0 Saved')
        assert.deepEqual(namesIn(folder), [])
      },
      { sender: senderOf('s@example.org', ['SIZE=10', 'BODY=8BITMIME']) },
    )
  })

  const afterData: readonly (readonly [string, string, string, boolean])[] = [
    ['a permanent reply', '552 5.2.2 full\r\n', 'refused 552 5.2.2 full', false],
    ['a transient reply', '452 4.2.2 busy\r\n', 'not now 452 4.2.2 busy', false],
    [
      '421',
      '421 4.3.2 bye\r\n',
      'not now 451 4.3.2 The next hop is not available, try again later (421 4.3.2 bye)',
      true,
    ],
    ['nonsense', 'hello\r\n', '', true],
  ]
  for (const [name, answer, expected, isOver] of afterData)
    it(`keeps the entry after ${name}, and it can be released again`, async () => {
      await withEntry(async ({ server, release, folder, found }) => {
        const done = release()
        const peer = await server.ready(offers)
        await takeAll(peer)
        peer.send(answer)
        const said = words(await done)
        if (expected === '') assert.match(said, /^in doubt 451 4\.4\.2 /)
        else assert.equal(said, expected)
        assert.deepEqual(namesIn(folder), [found.file])
        const again = release()
        const next = isOver ? await server.ready(offers) : peer
        await takeAll(next)
        next.send('250 2.0.0 Saved\r\n')
        assert.equal((await again).kind, 'released')
        assert.deepEqual(namesIn(folder), [])
      })
    })

  it('keeps the entry when the next hop refuses the recipient', async () => {
    await withEntry(async ({ server, release, folder, found }) => {
      const done = release()
      const peer = await server.ready(offers)
      await lines(peer, 2)
      peer.send('250 2.1.0 ok\r\n550 5.1.1 unknown\r\n')
      assert.equal(words(await done), 'refused 550 5.1.1 unknown')
      assert.deepEqual(namesIn(folder), [found.file])
    })
  })

  it('keeps the entry and says in doubt when all was sent and nothing is answered', async () => {
    await withEntry(async ({ server, clock, release, folder, found }) => {
      const done = release()
      const peer = await server.ready(offers)
      await takeAll(peer)
      await turns()
      clock.advance(569_000)
      await turns()
      assert.notDeepEqual(namesIn(folder), [found.file])
      clock.advance(2_000)
      assert.match(words(await done), /^in doubt 451 4\.4\.2 .* \(no reply in time\)$/)
      assert.deepEqual(namesIn(folder), [found.file])
    })
  })

  it('keeps the entry when the next hop hangs up after the message, in doubt, or cannot be reached', async () => {
    await withEntry(async ({ server, release, folder, found }) => {
      const done = release()
      const peer = await server.ready(offers)
      await takeAll(peer)
      peer.close()
      assert.equal((await done).kind, 'in doubt')
      server.listener.refuse()
      await turns()
      assert.match(words(await release()), /^not now 451 4\.4\.1 /)
      assert.deepEqual(namesIn(folder), [found.file])
    })
  })

  it('waits while nobody can say which next hop the recipient has', async () => {
    await withEntry(async ({ folder, shelf, found, clock }) => {
      const options = { nextHopFor: () => undefined, clock, name: 'gate.example' }
      assert.match(words(await release(shelf, found, options)), /^not now 451 4\.3\.5 /)
      assert.deepEqual(namesIn(folder), [found.file])
    })
  })

  it('is impossible twice at the same time, and so are deletion and release', async () => {
    await withEntry(async ({ server, release, shelf, folder, found }) => {
      const both = [release(), release()]
      const peer = await server.ready(offers)
      await takeAll(peer)
      assert.deepEqual(await Promise.race(both), { kind: 'busy' })
      assert.equal(await shelf.remove(found), false)
      assert.equal(server.count, 1)
      const [taken] = await all(shelf.found())
      assert.equal((await release(taken)).kind, 'busy', 'nor by the name that it has meanwhile')
      peer.send('250 2.0.0 Saved\r\n')
      assert.deepEqual((await Promise.all(both)).map(({ kind }) => kind).sort(), ['busy', 'released'])
      assert.deepEqual(namesIn(folder), [])
    })
  })

  it('keeps what it cannot read, and says so', async () => {
    await withEntry(async ({ release, folder, found, server }) => {
      truncateSync(join(folder, found.file, 'message.eml'), 3)
      assert.deepEqual(await release(), { kind: 'broken', cause: `message.eml: 3 octets instead of ${text.length}` })
      truncateSync(join(folder, found.file, 'entry.json'))
      assert.deepEqual(await release(), { kind: 'broken', cause: 'entry.json: no JSON' })
      mkdirSync(join(folder, found.file.replace(found.id, 'b'.repeat(32))))
      assert.deepEqual(await release({ ...found, file: '', name: found.name.replace(found.id, 'b'.repeat(32)) }), {
        kind: 'broken',
        cause: 'ENOENT',
      })
      assert.equal(server.count, 0)
      assert.equal(namesIn(folder).includes(found.file), true)
    })
  })

  it('does not take an entry under the name of another', async () => {
    await withEntry(async ({ shelf, found }) => {
      assert.deepEqual(await shelf.read({ ...found, id: 'b'.repeat(32) }), {
        kind: 'broken',
        cause: 'entry.json: the id of another entry',
      })
    })
  })

  it('says so when the entry cannot be deleted afterwards', async () => {
    const files = brokenAt('rename', path => path.endsWith('.deleted'), 'EROFS')
    await withEntry(
      async ({ server, release, folder }) => {
        const done = release()
        const peer = await server.ready(offers)
        await takeAll(peer)
        peer.send('250 2.0.0 Saved\r\n')
        const released = await done
        assert.equal(released.kind === 'released' && released.trouble, 'EROFS')
        assert.match(namesIn(folder).join(), /\.releasing-/)
      },
      {},
      files,
    )
  })
})
