/** What a transcript's two sides have got beyond what was expected. */
import type { Client } from './client.ts'
import { escaped } from './escapes.ts'
import type { TestGate } from './gate.ts'
import type { ScriptedHop } from './scripted-hop.ts'

/** What everybody has got and not been asked for, and the log, for whoever looks for the cause. */
export function account(clients: readonly Client[], hop: ScriptedHop, gate: TestGate): string[] {
  const peers = [
    ...clients.map(({ peer }, i) => [`client ${i + 1}`, peer] as const),
    ...hop.used.map((peer, i) => [`next hop ${i + 1}`, peer] as const),
  ]
  const waiting = peers.map(([name, peer]) => {
    const unread = peer.unread === '' ? 'nothing' : escaped(peer.unread.slice(0, 400))
    return `  ${name}${peer.ended ? ' (ended)' : ''}, unread: ${unread}`
  })
  return [...waiting, ...gate.log().map(line => `  log: ${line}`)]
}

/** Throws if there is anything. */
export function surplus(side: string, octets: string): void {
  if (octets !== '') throw new Error(`${side} got more than expected: ${escaped(octets.slice(0, 500))}`)
}
