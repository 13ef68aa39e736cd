import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Assessment } from '../../../src/assess/assessment.ts'
import type { Sources, Wanted } from '../../../src/assess/assessment.ts'
import type { Scanned, SpamEvidence } from '../../../src/assess/scan/scanner.ts'
import { known } from '../../../src/decide/facts.ts'
import type { Structure, VirusReport } from '../../../src/decide/facts.ts'
import { messageOf, senderOf } from '../../support/scripted-server.ts'
import { turns } from '../../support/turns.ts'

const nothingWanted: Wanted = {
  from: false,
  fromNames: false,
  to: false,
  fields: new Set(),
  received: false,
  auth: false,
  structure: false,
  virus: false,
  profiles: new Set(),
}
const passed = { method: 'dkim', result: 'pass', domain: 'x.example' } as const
const noStructure: Structure = { attachments: [], ambiguous: undefined, unreadable: undefined }

/** Scanners that answer when the test says so. */
class Bench {
  readonly asked: string[] = []
  readonly signals: AbortSignal[] = []
  readonly #answers = new Map<string, (fact: Scanned<never>) => void>()
  readonly sources: Sources = {
    spam: { name: 'spam', scan: ({ profile, signal }) => this.#ask(`spam ${profile}`, signal) },
    spamProves: true,
    virus: { name: 'virus', version: () => '1', scan: ({ signal }) => this.#ask('virus', signal) },
    mime: { read: (_, signal) => this.#ask('mime', signal) },
    authservs: [],
  }

  /** With a scanner that may call clean what it has not seen. */
  openWithLimit(limit: number): Assessment {
    return this.open({ virus: true }, { virus: { ...this.sources.virus!, limit } })
  }

  /** As the gate does if the header decides nothing. */
  open(wanted: Partial<Wanted>, sources: Partial<Sources> = {}): Assessment {
    const assessment = this.begin(wanted, sources)
    assessment.scan({ ...nothingWanted, ...wanted })
    return assessment
  }

  begin(wanted: Partial<Wanted>, sources: Partial<Sources> = {}): Assessment {
    const message = messageOf(['From: a@x.example\r\n\r\nbody\r\n'])
    const subject = { message, sender: senderOf('a@x.example'), recipients: [], client: undefined, transaction: 't' }
    return new Assessment({ ...this.sources, ...sources }, subject, { ...nothingWanted, ...wanted })
  }

  answer(who: string, fact: Scanned<SpamEvidence> | Scanned<VirusReport> | Scanned<Structure>): void {
    this.#answers.get(who)?.(fact as Scanned<never>)
  }

  #ask<T>(who: string, signal: AbortSignal): Promise<Scanned<T>> {
    this.asked.push(who)
    this.signals.push(signal)
    return new Promise(resolve => this.#answers.set(who, resolve))
  }
}

describe('an assessment', () => {
  it('starts everything that is wanted at once, and nothing else', () => {
    const bench = new Bench()
    bench.open({ structure: true, virus: true, profiles: new Set(['', 'strict']) })
    assert.deepEqual(bench.asked, ['mime', 'virus', 'spam ', 'spam strict'])
    const idle = new Bench()
    const evidence = idle.open({}).evidence('')
    assert.deepEqual(idle.asked, [])
    for (const fact of [evidence.from, evidence.auth, evidence.spam, evidence.virus, evidence.structure]) {
      assert.equal(fact.state, 'unknown')
    }
  })

  it('asks scanners only for what is still wanted when the header is known', async () => {
    const bench = new Bench()
    const assessment = bench.begin({
      fields: new Set(['subject']),
      auth: true,
      structure: true,
      virus: true,
      profiles: new Set(['', 'strict']),
    })
    const { spam, virus, structure, auth } = assessment.evidence('strict')
    assert.deepEqual([spam.state, virus.state, structure.state, auth.state], Array(4).fill('pending'))
    while (!assessment.isReadyToScan) await assessment.next()
    assert.equal(assessment.evidence('').fields.state, 'known')
    assert.deepEqual(bench.asked, [])
    assessment.scan({ ...nothingWanted, profiles: new Set(['strict']) })
    assert.deepEqual(bench.asked, ['spam strict'])
    assert.equal(assessment.isReadyToScan, false)
    assert.equal(assessment.evidence('').spam.state, 'unknown')
    assert.equal(assessment.evidence('strict').virus.state, 'unknown')
  })

  it('tells each fact as it comes, per profile', async () => {
    const bench = new Bench()
    const assessment = bench.open({ structure: true, profiles: new Set(['', 'strict']) })
    assert.equal(assessment.evidence('').spam.state, 'pending')
    bench.answer('spam ', known({ score: 1, symbols: [] }) as Scanned<SpamEvidence>)
    await assessment.next()
    assert.deepEqual(assessment.evidence('').spam, known({ score: 1, symbols: [] }))
    assert.equal(assessment.evidence('strict').spam.state, 'pending')
    bench.answer('mime', known(noStructure) as Scanned<Structure>)
    await assessment.next()
    assert.deepEqual(assessment.evidence('strict').structure, known(noStructure))
  })

  it('may have any number of scans that listen for its end', async t => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    t.after(() => process.off('warning', onWarning))
    const bench = new Bench()
    const profiles = Array.from({ length: 50 }, (_, i) => `p${i}`)
    const assessment = bench.open({ profiles: new Set(profiles) })
    let ended = 0
    for (const signal of bench.signals) signal.addEventListener('abort', () => (ended += 1))
    assessment.cancel()
    assert.equal(ended, profiles.length)
    await turns(2)
    assert.deepEqual(warnings, [])
  })

  it('says so, instead of waiting for ever, when there is nothing left to wait for', async () => {
    const bench = new Bench()
    const assessment = bench.open({ virus: true })
    bench.answer('virus', known({ found: [] }) as Scanned<VirusReport>)
    await assessment.next()
    await assert.rejects(assessment.next(), /more is asked for/)
  })

  it('calls nothing clean before the structure is known, if the scanner has a limit', async () => {
    const bench = new Bench()
    const assessment = bench.openWithLimit(1000)
    assert.deepEqual(bench.asked, ['mime', 'virus'])
    bench.answer('virus', known({ found: [] }) as Scanned<VirusReport>)
    await assessment.next()
    assert.equal(assessment.evidence('').virus.state, 'pending')
    bench.answer('mime', known(noStructure) as Scanned<Structure>)
    await assessment.next()
    assert.deepEqual(assessment.evidence('').virus, known({ found: [] }))
  })

  for (const [name, structure, why] of [
    ['some of it unseen', known({ ...noStructure, unseen: 'encrypted' }), { kind: 'unscannable', words: 'encrypted' }],
    ['its structure unknown', { state: 'unknown', why: { kind: 'down', words: 'so' } }, { kind: 'down', words: 'so' }],
  ] as const) {
    it(`calls nothing clean with ${name}, but tells a find`, async () => {
      for (const found of [[], ['Virus']]) {
        const bench = new Bench()
        const assessment = bench.openWithLimit(1000)
        bench.answer('virus', known({ found }) as Scanned<VirusReport>)
        await turns()
        if (found.length > 0) assert.deepEqual(assessment.evidence('').virus, known({ found }))
        bench.answer('mime', structure as Scanned<Structure>)
        await turns()
        const expected = found.length > 0 ? known({ found }) : { state: 'unknown', why }
        assert.deepEqual(assessment.evidence('').virus, expected)
      }
    })
  }

  it('does not read what is over the limit of the scanner anyway', () => {
    const bench = new Bench()
    bench.openWithLimit(10)
    assert.deepEqual(bench.asked, ['virus'])
  })

  it('calls everybody off when it is cancelled', () => {
    const bench = new Bench()
    const assessment = bench.open({ virus: true, profiles: new Set(['']) })
    assessment.cancel()
    assert.deepEqual(
      bench.signals.map(({ aborted }) => aborted),
      [true, true],
    )
  })

  it('takes proof from the spam scanner, and a silent one proves nothing and hides nothing', async () => {
    const bench = new Bench()
    const assessment = bench.open({ auth: true, profiles: new Set(['a', 'b']) })
    bench.answer('spam b', known({ score: 0, symbols: [], auth: [passed] }) as Scanned<SpamEvidence>)
    await turns()
    assert.equal(assessment.evidence('b').auth.state, 'pending')
    bench.answer('spam a', { state: 'unknown', why: { kind: 'down', words: 'gone' } })
    await turns()
    assert.deepEqual(assessment.evidence('b').auth, known([passed]))
  })

  it('asks the spam scanner for proof alone only if it has any', () => {
    const bench = new Bench()
    bench.open({ auth: true }, { spamProves: false })
    assert.deepEqual(bench.asked, [])
    bench.open({ auth: true })
    assert.deepEqual(bench.asked, ['spam '])
  })
})
