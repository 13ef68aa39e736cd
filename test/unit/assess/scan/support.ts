/** For tests of scanners: a message to scan, and a scanner of ours on a scripted daemon. */
import { later } from '../../../support/cleanup.ts'
import { FakeClock } from '../../../support/clock.ts'
import { messageOf, recipientOf, ScriptedServer, senderOf } from '../../../support/scripted-server.ts'
import { eventually } from '../../../support/turns.ts'
import type { RunnerOptions } from '../../../../src/assess/scan/runner.ts'
import type { Scanned, ScanContext, ScannerEvent } from '../../../../src/assess/scan/scanner.ts'
import type { Client, Message } from '../../../../src/transaction.ts'
import { endpointText } from '../../../../src/deliver/endpoint.ts'

export const text = 'Subject: x\r\n\r\nhello\r\n'

export const client: Client = {
  name: 'mx.sender.example',
  address: '192.0.2.1',
  port: undefined,
  proto: undefined,
  helo: 'helo.sender.example',
  ident: 'ABC123',
  source: undefined,
}

export function contextOf(message: Message | string = text, more: Partial<ScanContext> = {}): ScanContext {
  return {
    message: typeof message === 'string' ? messageOf([message]) : message,
    sender: senderOf('s@sender.example'),
    recipients: [recipientOf('a@example.org'), recipientOf('b@example.org')],
    client,
    profile: '',
    signal: new AbortController().signal,
    transaction: 'T1',
    ...more,
  }
}

/** As one line: `known {…}`, `down …`, `unscannable …`. */
export function words(scanned: Scanned<unknown>): string {
  return scanned.state === 'known'
    ? `known ${JSON.stringify(scanned.value)}`
    : `${scanned.why.kind} ${scanned.why.words}`
}

export type Bench = {
  readonly servers: readonly ScriptedServer[]
  readonly server: ScriptedServer
  readonly clock: FakeClock
  readonly events: ScannerEvent[]
  readonly options: RunnerOptions
  /** Events as `down inet:…: cause`, the endpoint as its number in the list. */
  readonly told: () => string[]
}

/** Scripted daemons that listen, and options for a scanner that asks them. Closed by `cleanUp`. */
export async function bench(more: Partial<RunnerOptions> = {}, count = 1): Promise<Bench> {
  const servers = Array.from({ length: count }, () => new ScriptedServer())
  for (const server of servers) {
    await server.listener.listen()
    later(() => server.listener.close())
  }
  const clock = new FakeClock()
  const events: ScannerEvent[] = []
  const endpoints = servers.map(server => server.listener.endpoint)
  const onEvent = (event: ScannerEvent): void => void events.push(event)
  const options = { name: 'daemon', endpoints, clock, onEvent, concurrent: 4, waiting: 4, timeout: 60_000, ...more }
  const told = (): string[] =>
    events.map(
      ({ kind, endpoint, cause }) => `${kind} ${endpoints.map(endpointText).indexOf(endpointText(endpoint))}: ${cause}`,
    )
  return { servers, server: servers[0]!, clock, events, options, told }
}

/** Pieces without an end in sight: `given` of them were asked for. */
export function endless(piece: Uint8Array, count: number): { readonly message: Message; readonly given: () => number } {
  let given = 0
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (; given < count; given += 1) yield await Promise.resolve(piece)
  }
  const size = piece.length * count
  return { message: messageOf([], { size, sizeWithout: () => size, pieces }), given: () => given }
}

/** Waits until nothing more is asked of it: the other side does not read, and the sockets' buffers are full. */
export async function stalled(given: () => number): Promise<number> {
  let before = -1
  let same = 0
  await eventually(
    () => {
      same = given() === before ? same + 1 : 0
      before = given()
      return same > 50 && before > 0
    },
    () => 'it never came to a stop',
  )
  return before
}
