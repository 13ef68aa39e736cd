/** What leaves the quarantine by command: words and exit codes, and the command line as a process of its own. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../../src/clock.ts'
import { Quarantine } from '../../../src/deliver/quarantine.ts'
import { endpointText } from '../../../src/deliver/endpoint.ts'
import { Shelf } from '../../../src/deliver/quarantine/shelf.ts'
import { expire, release, remove } from '../../../src/tools/quarantine/act.ts'
import { filterOf } from '../../../src/tools/quarantine/filter.ts'
import { FakeClock } from '../../support/clock.ts'
import { dovecotOffers } from '../../support/next-hop.ts'
import { kindly, ModelHop } from '../../support/model-hop.ts'
import { entryFor } from '../../support/quarantine-entry.ts'
import { all, brokenAt, namesIn, quarantineFolders, written } from '../../support/quarantine.ts'
import { withServer } from '../../support/scripted-server.ts'
import { NextHop } from '../../../src/deliver/next-hop.ts'

const newFolder = quarantineFolders()

/** A quarantine and a correct next hop that answers as `finals` says for each recipient's path. */
async function withHop(
  finals: Readonly<Record<string, string>>,
  task: (bench: {
    folder: string
    shelf: Shelf
    ids: Map<string, string>
    options: Parameters<typeof release>[2]
  }) => Promise<void>,
): Promise<void> {
  const hop = new ModelHop('inet', dovecotOffers)
  await hop.listen()
  hop.fates = { ...kindly, final: path => finals[path] ?? assert.fail(path) }
  const folder = newFolder()
  const clock = new FakeClock()
  const ids = new Map<string, string>()
  for (const path of Object.keys(finals)) {
    const kept = await new Quarantine(folder, clock).keep(entryFor(path))
    ids.set(path, kept.kind === 'kept' ? kept.id : assert.fail())
    clock.advance(1000)
  }
  const nextHop = new NextHop({
    endpoints: [hop.endpoint],
    connections: 1,
    name: 'gate.example',
    clock,
    onEvent: () => undefined,
  })
  try {
    await task({
      folder,
      shelf: new Shelf(folder),
      ids,
      options: { nextHopFor: () => nextHop, clock, name: 'gate.example' },
    })
  } finally {
    hop.close()
    const closed = nextHop.close()
    clock.advance(600_000)
    await closed
  }
}

const everything = () => {
  const filter = filterOf({}, 0)
  return typeof filter === 'string' ? assert.fail(filter) : { filter }
}

describe('quarantine release', () => {
  it('says of each entry what the next hop said, and ends with the highest code', async () => {
    const finals = { 'a@x': '250 2.0.0 Saved', 'b@x': '452 4.2.2 later', 'c@x': '550 5.7.1 never' }
    await withHop(finals, async ({ folder, shelf, ids, options }) => {
      const out = written()
      assert.equal(await release(shelf, everything(), options, false, out), 75)
      assert.deepEqual(out.lines, [`${ids.get('a@x')}: released: 250 2.0.0 Saved`])
      assert.deepEqual(out.complaints, [
        `${ids.get('b@x')}: kept, try again later: 452 4.2.2 later`,
        `${ids.get('c@x')}: kept, the next hop refuses it: 550 5.7.1 never`,
      ])
      assert.equal(namesIn(folder).length, 2)
    })
  })

  it('tells programs the same', async () => {
    await withHop({ 'a@x': '250 2.0.0 Saved', 'b@x': '550 5.7.1 never' }, async ({ shelf, ids, options }) => {
      const out = written()
      const [a = '', b = ''] = ids.values()
      assert.equal(await release(shelf, { ids: [a.slice(0, 10), b, 'f'.repeat(8)] }, options, true, out), 1)
      assert.deepEqual(
        out.lines.map(line => JSON.parse(line) as unknown),
        [
          { id: a, result: 'released', reply: '250 2.0.0 Saved', code: 0 },
          { id: b, result: 'refused', reply: '550 5.7.1 never', code: 1 },
        ],
      )
      assert.deepEqual(out.complaints, ['ffffffff: no such entry'])
    })
  })

  it('warns when it is in doubt', async () => {
    await withServer(async ({ server, hop, clock }) => {
      const folder = newFolder()
      await new Quarantine(folder, clock).keep(entryFor('a@x'))
      const out = written()
      const done = release(
        new Shelf(folder),
        everything(),
        { nextHopFor: () => hop, clock, name: 'gate.example' },
        false,
        out,
      )
      const peer = await server.ready()
      await peer.until('RCPT TO:<a@x>\r\n')
      peer.send('250 ok\r\n250 ok\r\n')
      await peer.until('hello\r\n')
      peer.close()
      assert.equal(await done, 76)
      assert.match(
        out.complaints.join(),
        /^\w{32}: kept, but it MAY HAVE BEEN DELIVERED: .*closed by the next hop.* Look into the mailbox/,
      )
      assert.equal(namesIn(folder).length, 1)
    })
  })

  it('says when another is at it, when it cannot be read, and when it is delivered but still there', async () => {
    await withHop(
      { 'a@x': '250 2.0.0 Saved', 'b@x': '250 2.0.0 Saved', 'c@x': '250 2.0.0 Saved' },
      async ({ folder, shelf, ids, options }) => {
        const [a, b, c] = await all(shelf.found()).then(found =>
          [...ids.values()].map(id => found.find(each => each.id === id)),
        )
        assert.ok(a !== undefined && b !== undefined && c !== undefined)
        await shelf.take(a, new Date())
        writeFileSync(join(folder, b.file, 'message.eml'), 'other')
        const out = written()
        const stuck = new Shelf(
          folder,
          brokenAt('rename', path => path.endsWith('.deleted'), 'EROFS'),
        )
        assert.equal(await release(stuck, { ids: [a.id, b.id, c.id] }, options, false, out), 1)
        assert.match(out.complaints[0] ?? '', /just being released or deleted by somebody else/)
        assert.equal(out.complaints[1], `${b.id}: kept, it cannot be read: message.eml: 5 octets instead of 21`)
        assert.equal(out.complaints[2], `${c.id}: released: 250 2.0.0 Saved; but the entry could not be deleted: EROFS`)
      },
    )
  })
})

describe('quarantine delete and expire', () => {
  it('deletes what is named or fits, but not what is being released', async () => {
    await withHop({ 'a@x': '', 'b@x': '', 'c@x': '' }, async ({ folder, shelf, ids }) => {
      const [a = '', b = '', c = ''] = ids.values()
      const out = written()
      assert.equal(await remove(shelf, { ids: [a] }, false, out), 0)
      assert.deepEqual(out.lines, [`${a}: deleted`])
      const found = (await all(shelf.found())).find(({ id }) => id === b)
      assert.ok(found !== undefined)
      await shelf.take(found, new Date())
      assert.equal(await remove(shelf, everything(), true, out), 1)
      assert.deepEqual(
        out.lines.slice(1).map(line => JSON.parse(line) as unknown),
        [
          { id: b, result: 'busy', code: 1 },
          { id: c, result: 'deleted', code: 0 },
        ],
      )
      assert.equal(namesIn(folder).length, 1)
      assert.equal(await remove(new Shelf(newFolder()), everything(), false, out), 0)
      assert.deepEqual(out.complaints, ['No entries.'])
    })
  })

  it('expires by command what the running gate would', async () => {
    await withHop({ 'a@x': '', 'b@x': '' }, async ({ shelf, folder }) => {
      const [out, json] = [written(), written()]
      const now = new Date('2026-12-22T06:00:00Z').getTime()
      assert.equal(await expire(shelf, Infinity, now, false, out), 0)
      assert.match(
        out.lines.join(),
        /^Removed: 1 too old, 0 over the size, 0 never whole or half deleted\. .* Left: 1 \(\d+ octets\)\.$/,
      )
      assert.equal(await expire(shelf, 0, now, true, json), 0)
      assert.equal((JSON.parse(json.lines[0] ?? '') as { surplus: number }).surplus, 1)
      assert.deepEqual(namesIn(folder), [])
      assert.equal(await expire(new Shelf('/dev/null'), 0, now, false, out), 1)
      assert.deepEqual(out.complaints, ['Not everything could be done: ENOTDIR'])
    })
  })
})

describe('the command line of the quarantine', () => {
  const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))
  const folder = mkdtempSync(join(tmpdir(), 'gate-quarantine-'))
  after(() => rmSync(folder, { recursive: true }))

  type Ended = { readonly code: number; readonly out: string; readonly err: string }
  const run = (...args: readonly string[]): Promise<Ended> =>
    new Promise(resolve => {
      const line = ['--import', import.meta.resolve('tsx'), main, 'quarantine', ...args]
      execFile(process.execPath, line, { cwd: folder }, (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
      )
    })

  it('lists, shows, releases into the store that is tried out, and deletes', async () => {
    const quarantine = new Quarantine(join(folder, 'var/quarantine'), systemClock)
    for (const path of ['alice@example.org', 'ben@example.org']) await quarantine.keep(entryFor(path))
    const listed = await run('list', '--json', '--to', 'alice@example.org')
    assert.equal(listed.code, 0, listed.err)
    const { id } = JSON.parse(listed.out) as { id: string }
    const [raw, shown] = await Promise.all([run('show', id, '--raw'), run('show', id)])
    assert.equal(raw.out, 'Subject: x\r\n\r\nhello\r\n')
    assert.match(shown.out, /^to +<alice@example\.org> NOTIFY=NEVER$/m)
    const released = await run('release', id.slice(0, 12))
    assert.deepEqual(
      [released.code, released.out],
      [0, `${id}: released: 250 2.0.0 <alice@example.org> Saved\n`],
      released.err,
    )
    const mailbox = join(folder, 'var/mail/example.org/alice/new')
    assert.match(
      readFileSync(join(mailbox, readdirSync(mailbox)[0] ?? ''), 'utf8'),
      /^X-Lmtp-Gate: released from quarantine\r?\n/m,
    )
    const [again, deleted] = [await run('release', id), await run('delete', '--older-than', '0s')]
    assert.deepEqual([again.code, again.err], [1, `${id}: no such entry\n`])
    assert.match(deleted.out, /^\w{32}: deleted\n$/)
    const [expired, none] = await Promise.all([run('expire'), run('list')])
    assert.match(expired.out, /Left: 0/)
    assert.deepEqual([none.code, none.out, none.err], [0, '', 'No entries.\n'])
  })

  it("tries the next hop of the recipient's own policy, and says that it is worth trying again", async () => {
    const hop = new ModelHop('inet', dovecotOffers)
    await hop.listen()
    hop.close()
    const config = join(folder, 'other.yaml')
    mkdirSync(join(folder, 'other-rules/example.org'), { recursive: true })
    const moved = `next_hop: ${endpointText(hop.endpoint)}\n`
    writeFileSync(join(folder, 'other-rules/example.org/alice.yaml'), moved)
    writeFileSync(config, 'next_hop: unix:/nowhere\nrules: other-rules\nquarantine: { folder: other }\n')
    await new Quarantine(join(folder, 'other'), systemClock).keep(entryFor('alice@example.org'))
    const { code, err } = await run('release', '--config', config, '--from', 's@example.org')
    assert.equal(code, 75)
    assert.match(err, /^\w{32}: kept, try again later: connection refused/)
    assert.equal(namesIn(join(folder, 'other')).length, 1)
  })

  it('wants to know which ones, and says what is wrong with the line', async () => {
    writeFileSync(join(folder, 'broken.yaml'), 'quarantine: { sice: 1G }\n')
    writeFileSync(join(folder, 'file.yaml'), 'quarantine: /dev/null\n')
    const [nobody, both, since, config, file, help] = await Promise.all([
      run('release'),
      run('delete', 'abcdef012', '--to', 'x.example'),
      run('list', '--since', 'monday'),
      run('list', '-c', 'broken.yaml'),
      run('list', '-c', 'file.yaml'),
      run('release', '--help'),
    ])
    assert.deepEqual(
      [nobody, both, since, config, file, help].map(({ code }) => code),
      [2, 2, 2, 1, 1, 0],
    )
    assert.match(nobody.err, /^Which ones\?/)
    assert.match(both.err, /not both/)
    assert.match(since.err, /^--since: this is no time/)
    assert.match(config.err, /broken\.yaml:1:15: error: unknown key "sice"/)
    assert.match(file.err, /^quarantine: ENOTDIR/)
    assert.match(help.out, /76 in doubt/)
  })
})
