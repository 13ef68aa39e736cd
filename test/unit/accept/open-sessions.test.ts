import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { OpenSessions } from '../../../src/accept/open-sessions.ts'
import type { Seated } from '../../../src/accept/open-sessions.ts'

it('the open sessions are those that were added and are not gone, in whatever order they go, and however often', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat())), steps => {
      const sessions = new OpenSessions<Seated>()
      const expected = new Set<Seated>()
      for (const [comes, which] of steps) {
        const leaving = [...expected][which % expected.size]
        if (comes || leaving === undefined) {
          const coming = { seat: -1 }
          sessions.add(coming)
          expected.add(coming)
        } else {
          sessions.delete(leaving)
          sessions.delete(leaving)
          expected.delete(leaving)
        }
        assert.equal(sessions.size, expected.size)
        assert.deepEqual(new Set(sessions.all()), expected)
      }
    }),
  )
})
