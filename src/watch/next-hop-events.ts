/** What the pool of connections to the next hop has to tell, as log lines. */
import { endpointText } from '../deliver/endpoint.ts'
import type { Outcome } from '../deliver/outcome.ts'
import type { NextHopEvent } from '../deliver/events.ts'
import { replyText } from '../reply.ts'
import type { Log } from './log.ts'

export function logNextHop(log: Log, event: NextHopEvent): void {
  const endpoint = endpointText(event.endpoint)
  switch (event.kind) {
    case 'up':
      log.event('info', 'next hop up', { endpoint, offers: offers(event.capabilities) })
      return
    case 'down':
      log.event('warning', 'next hop down', { endpoint, ...why(event.outcome) })
      return
    case 'lost':
    case 'out of step':
    case 'silent':
      log.event('warning', `connection to next hop ${event.kind}`, { endpoint, cause: event.cause })
      return
  }
}

function offers(capabilities: object): string {
  const names = Object.entries(capabilities).filter(([, value]) => value !== false && value !== undefined)
  return names.map(([name]) => name).join(' ')
}

function why(outcome: Outcome): { readonly stage?: string; readonly cause: string } {
  switch (outcome.kind) {
    case 'answered':
      return { stage: outcome.at, cause: replyText(outcome.reply) }
    case 'unanswered':
      return { stage: outcome.at, cause: outcome.cause }
    case 'busy':
    case 'late':
    case 'ours':
      return { cause: outcome.cause }
    case 'cannot':
      return { cause: `no ${outcome.why}` }
    case 'gone':
      return { cause: 'the client hung up' }
  }
}
