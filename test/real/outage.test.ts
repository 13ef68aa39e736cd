/** Each scanner killed, frozen and restarted under load: nobody gets unscanned mail but who says so, and all of it arrives. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { eicar, startClamd } from './support/clamd.ts'
import { Dovecot } from './support/dovecot.ts'
import { Gate } from './support/gate.ts'
import { fieldOfEach, headers } from './support/imap.ts'
import { MailClient } from './support/mail-client.ts'
import { message } from './support/messages.ts'
import { skipWithout, type Need } from './support/needs.ts'
import { Postfix } from './support/postfix.ts'
import { startRspamd } from './support/rspamd.ts'
import type { ScannerDaemon } from './support/scanner-daemon.ts'
import { Site } from './support/site.ts'
import { startSpamd } from './support/spamd.ts'
import { until } from './support/until.ts'
import { fieldOf, type Road } from './support/whereabouts.ts'

/** What `down` says for each of them. */
const downs = { wait: 'defer', later: '{ defer: 1h, then: discard }', take: 'deliver' }
const names = Object.keys(downs) as readonly (keyof typeof downs)[]

/** `bad`: what the scanner finds something in; that goes to quarantine. `scanned`: what a header says when it looked at a good message. */
type Engine = {
  readonly needs: Need
  readonly start: (site: Site) => Promise<ScannerDaemon>
  readonly endpoint: (place: string) => string
  readonly section: 'virus' | 'spam'
  readonly bad: (id: string) => Buffer
  readonly field: string
  readonly scanned: string
  readonly unscanned: RegExp
}

const spam = { section: 'spam', field: 'X-Spam-Status', scanned: 'No, score=0', unscanned: /^Unknown, down$/ } as const

const engines: Readonly<Record<string, Engine>> = {
  clamd: {
    needs: 'clamd',
    start: startClamd,
    endpoint: place => `inet:${place}`,
    section: 'virus',
    bad: id => message(id, `${eicar}\r\n`),
    field: 'X-Virus-Status',
    scanned: 'Clean',
    unscanned: /^Not scanned \(clamd: .*\)$/,
  },
  rspamd: {
    needs: 'rspamd',
    start: startRspamd,
    endpoint: place => `http://${place}`,
    bad: id => message(id, undefined, undefined, 'score 6.5'),
    ...spam,
  },
  spamd: {
    needs: 'spamd',
    start: startSpamd,
    endpoint: place => `inet:${place}`,
    bad: id => message(id, undefined, undefined, 'spam'),
    ...spam,
  },
}

/** `lasts`: until mail has gone unscanned to who takes it so. `opens`: so many scans fail that the scanner is not asked any more. */
const disturbances = [
  {
    name: 'killed and started again',
    begin: daemon => daemon.kill(),
    end: daemon => daemon.start(),
    lasts: true,
    opens: true,
  },
  {
    name: 'frozen and thawed',
    begin: daemon => daemon.freeze(),
    end: daemon => daemon.thaw(),
    lasts: true,
    opens: false,
  },
  { name: 'restarted', begin: daemon => daemon.stop(), end: daemon => daemon.start(), lasts: false, opens: false },
] as const satisfies readonly {
  readonly name: string
  readonly begin: (daemon: ScannerDaemon) => Promise<void> | void
  readonly end: (daemon: ScannerDaemon) => Promise<void> | void
  readonly lasts: boolean
  readonly opens: boolean
}[]

// They wait more than they work, so they do it side by side.
describe('scanners under load', { concurrency: true }, () => {
  for (const [name, engine] of Object.entries(engines)) {
    describe(name, { concurrency: 1, skip: skipWithout('postfix', 'dovecot', engine.needs) }, () => {
      const site = new Site()
      let road: Road
      let daemon: ScannerDaemon

      before(async () => {
        daemon = await engine.start(site)
        const { host, port } = daemon.endpoint
        const act = engine.section === 'virus' ? 'action: quarantine' : 'quarantine: 6'
        const policies = Object.fromEntries(
          names.map(who => [`example.test/${who}`, `${engine.section}: { ${act}, down: ${downs[who]} }\n`]),
        )
        const scanner = `{ endpoint: "${engine.endpoint(`${host}:${port}`)}", timeout: 1s }`
        const more = `scanners: { ${name}: ${scanner} }\n`
        const dovecot = await Dovecot.start(site, { users: names })
        const gate = await Gate.start(site, { nextHop: dovecot.socket, policies, more })
        road = { dovecot, gate, postfix: await Postfix.start(site, { nextHop: gate.socket }), sent: [] }
      })
      after(() => site.close())

      for (const [n, { name: what, begin, end, lasts, opens }] of disturbances.entries()) {
        it(what, async () => {
          const before = road.gate.log().length
          const log = (): string => road.gate.log().slice(before)
          const load = new Load(road.postfix, `load${n}`, engine.bad)
          const sent = await during(load, async () => {
            await load.reaches(10)
            await begin(daemon)
            if (lasts)
              await until('unscanned mail for who takes it so', async () => (await marks('take', n)).some(isUnscanned))
            else await load.reaches(20)
            if (opens) await until('the gate asks no more', () => log().includes('scanner down: '))
            await end(daemon)
            await load.reaches(load.count + 10)
          })
          await road.postfix.drain()

          for (const who of names) {
            const { inbox, kept } = await boxes(who, n)
            assert.deepEqual([...inbox, ...kept].sort(), [...sent.good, ...sent.bad].sort(), `${who}: each once`)
            if (who === 'take') continue
            assert.deepEqual([...kept].sort(), [...sent.bad].sort(), `${who}: what is bad was kept, and nothing else`)
            for (const mark of await marks(who, n)) assert.equal(mark, engine.scanned)
          }
          for (const mark of await marks('take', n)) if (mark !== engine.scanned) assert.match(mark, engine.unscanned)
          const events = [...log().matchAll(/scanner (down|up): /g)].map(([, event]) => event)
          if (opens || events.length > 0)
            assert.deepEqual(events, ['down', 'up'], 'told once, and not for each message')
        })
      }

      const isOurs = (id: string | undefined, n: number): id is string => id?.startsWith(`load${n}.`) === true
      const isUnscanned = (mark: string): boolean => engine.unscanned.test(mark)

      /** What the headers of the messages in somebody's INBOX say. */
      const marks = async (who: string, n: number): Promise<readonly string[]> => {
        const all = await headers(road.dovecot.imap, who, ['X-Test-Id', engine.field])
        return all
          .filter(header => isOurs(fieldOf(header, 'X-Test-Id'), n))
          .map(header => fieldOf(header, engine.field) ?? '–')
      }

      const boxes = async (who: string, n: number) => {
        const ours = (id: string | undefined): id is string => isOurs(id, n)
        const kept = road.gate.quarantined().filter(({ to }) => to === `${who}@example.test`)
        return {
          inbox: (await fieldOfEach(road.dovecot.imap, who, 'X-Test-Id')).filter(ours),
          kept: kept.map(entry => fieldOf(entry.message, 'X-Test-Id')).filter(ours),
        }
      }
    })
  }
})

/** What was sent until `task` had ended, however that ended. */
async function during(load: Load, task: () => Promise<void>): Promise<Sent> {
  try {
    await task()
  } finally {
    load.end()
  }
  return load.sent()
}

type Sent = { readonly good: readonly string[]; readonly bad: readonly string[] }

/** Two clients hand Postfix one message after the other for everybody, until that is to end. */
class Load {
  readonly #good: string[] = []
  readonly #bad: string[] = []
  readonly #work: readonly Promise<void>[]
  #ended = false

  constructor(postfix: Postfix, label: string, bad: Engine['bad']) {
    const work = async (): Promise<void> => {
      const client = await MailClient.open(postfix.smtp, 'EHLO')
      const to = names.map(name => `${name}@example.test`)
      while (!this.#ended) {
        const id = `${label}.${this.count}`
        const isBad = this.count % 3 === 2
        ;(isBad ? this.#bad : this.#good).push(id)
        await client.submit({ from: 'ann@sender.test', to, message: isBad ? bad(id) : message(id) })
        await pause(50)
      }
      await client.quit()
    }
    this.#work = [work(), work()]
  }

  /** Messages so far. */
  get count(): number {
    return this.#good.length + this.#bad.length
  }

  async reaches(count: number): Promise<void> {
    await until(`${count} messages`, () => this.count >= count)
  }

  end(): void {
    this.#ended = true
  }

  async sent(): Promise<Sent> {
    await Promise.all(this.#work)
    return { good: this.#good, bad: this.#bad }
  }
}
