import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noCapabilities } from '../../../src/deliver/capabilities.ts'
import type { NextHopEvent } from '../../../src/deliver/events.ts'
import { reply } from '../../../src/reply.ts'
import { silentLog } from '../../../src/watch/log.ts'
import { logNextHop } from '../../../src/watch/next-hop-events.ts'
import { eventLine } from '../../../src/watch/text-log.ts'

const endpoint = { kind: 'unix', path: '/run/lmtp' } as const

function line(event: NextHopEvent): string | undefined {
  const lines: string[] = []
  logNextHop({ ...silentLog, event: (...all) => lines.push(eventLine(...all)) }, event)
  assert.equal(lines.length, 1)
  return lines[0]
}

describe('what happens to the next hop', () => {
  it('is logged with endpoint, stage and cause', () => {
    assert.equal(
      line({ kind: 'up', endpoint, capabilities: { ...noCapabilities, pipelining: true, size: 0 } }),
      'next hop up: endpoint=unix:/run/lmtp, offers="pipelining size"',
    )
    assert.equal(
      line({
        kind: 'down',
        endpoint,
        outcome: { kind: 'answered', at: 'greeting', reply: reply(554, '5.3.2', 'no\n') },
      }),
      'warning: next hop down: endpoint=unix:/run/lmtp, stage=greeting, cause="554 5.3.2 no?"',
    )
    assert.equal(
      line({ kind: 'down', endpoint, outcome: { kind: 'unanswered', at: 'connect', cause: 'connection refused' } }),
      'warning: next hop down: endpoint=unix:/run/lmtp, stage=connect, cause="connection refused"',
    )
    assert.equal(
      line({ kind: 'out of step', endpoint, cause: 'a reply too many' }),
      'warning: connection to next hop out of step: endpoint=unix:/run/lmtp, cause="a reply too many"',
    )
  })
})
