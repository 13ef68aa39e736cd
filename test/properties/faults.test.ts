/** Several random faults of the next hop in one session with policies: what the fault matrix asserts, wherever they meet (WIRE 26, 30, 38, 41, 44). */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { check } from '../faults/earned.ts'
import { faults } from '../faults/faults.ts'
import { deliver, startSession } from '../faults/faulty-session.ts'
import { cleanUp } from '../support/cleanup.ts'
import type { Fates, Stage } from '../support/model-hop.ts'
import { modelRules, wishes } from '../support/session-model.ts'

afterEach(cleanUp)

const fates: Fates = {
  mail: () => '250 2.1.0 ok #',
  rcpt: path => (path.startsWith('user1') ? '550 5.1.1 unknown #' : '250 2.1.5 ok #'),
  final: path => (path.startsWith('mark1') ? '452 4.2.2 full #' : '250 2.0.0 saved #'),
}

/** Those whose replies are taken for the wrong ones, whoever looks, are the matrix's alone; so is the reset, which needs TCP. */
const names = Object.keys(faults).filter(name => !/too (?:few|many)|next reply|final replies|resets/.test(name))
const stages: readonly Stage[] = ['greeting', 'LHLO', 'RSET', 'MAIL', 'RCPT', 'DATA', 'mid-message', 'final']

/** The `skip`-th time that the next hop comes to this place, it errs. */
const slip = fc.record({
  name: fc.constantFrom(...names),
  stage: fc.constantFrom(...stages),
  index: fc.nat({ max: 2 }),
  skip: fc.nat({ max: 3 }),
})
/** Without quarantine, whose disk takes real time while the clock would run on. */
const kinds = wishes.filter(wish => wish !== 'keep')
const path = fc.tuple(fc.constantFrom(...kinds), fc.nat({ max: 1 })).map(([wish, n]) => `${wish}${n}@example.org`)
const transactions = fc.array(fc.array(path, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 })
const offers = fc.constantFrom<readonly string[]>(['PIPELINING', 'CHUNKING'], ['PIPELINING'], ['CHUNKING'], [])

describe('random faults in a session', () => {
  it('never make a reply that was not earned, nor one too few or too many', async () => {
    const run = async (all: readonly string[][], offered: readonly string[], slips: readonly Slip[]): Promise<void> => {
      const session = await startSession({ offers: offered, fates, kind: 'unix', rules: modelRules })
      const { hop } = session
      const left = slips.map(each => ({ ...each }))
      const goesAlong = offered.includes('PIPELINING') && !offered.includes('CHUNKING')
      let doubts = 0
      hop.fault = ({ stage, index }) => {
        const at = left.findIndex(each => each.stage === stage && (each.index === index || stage === 'mid-message'))
        const found = left[at]
        if (found === undefined) return undefined
        found.skip -= 1
        if (found.skip >= 0) return undefined
        left.splice(at, 1)
        // Behind a message it may leave that message in doubt.
        if (goesAlong && /^(?:MAIL|RCPT|DATA)$/.test(stage) && !/refuses|closes/.test(found.name)) doubts += 1
        return stage === 'mid-message' && !/hangs|closes|garbage|421/.test(found.name) ? undefined : faults[found.name]
      }
      for (const paths of all) {
        hop.said.length = 0
        hop.taken.length = 0
        doubts = 0
        const replies = await deliver(session, paths, false)
        check(replies, paths, hop, false, doubts)
      }
      assert.deepEqual(hop.amiss, [])
      await cleanUp()
    }
    await fc.assert(fc.asyncProperty(transactions, offers, fc.array(slip, { minLength: 1, maxLength: 6 }), run), {
      numRuns: 250,
    })
  })
})

type Slip = { readonly name: string; readonly stage: Stage; readonly index: number; skip: number }
