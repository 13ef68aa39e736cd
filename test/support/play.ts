/** Plays a transcript: the gate runs, the test is its client, its next hop and its scanners. */
import { join } from 'node:path'
import { account, surplus } from './account.ts'
import { FakeClock } from './clock.ts'
import { Client } from './client.ts'
import { escaped } from './escapes.ts'
import { startGate } from './gate.ts'
import type { TestGate } from './gate.ts'
import type { NextHopListener } from './next-hop.ts'
import { difference, fits } from './pattern.ts'
import type { Peer } from './peer.ts'
import { keptIn } from './kept.ts'
import { ScriptedHop } from './scripted-hop.ts'
import { ScriptedScanners } from './scripted-scanners.ts'
import type { Step, Transcript, Who } from './transcript.ts'
import { eventually, turns } from './turns.ts'
import { chunkSize, untilDot } from './wire-message.ts'

/** Throws with the file, the line, what was expected and what came instead. */
export async function play(transcript: Transcript, file: string): Promise<void> {
  const clock = new FakeClock()
  const hop = new ScriptedHop(transcript.offers)
  await hop.listen()
  if (transcript.offers === undefined) hop.refuse()
  const scanners = await ScriptedScanners.listen(transcript.scanners)
  const gate = await startGate({
    nextHops: [hop.endpoint],
    rules: transcript.rules,
    settings: new Map([...transcript.settings, ...scanners.settings()]),
    clock,
  })
  const stage = new Stage(gate, hop, scanners, clock)
  try {
    if (transcript.offers === undefined) await hop.listen()
    for (const step of transcript.steps) await stage.step(step).catch(stage.blame(file, step.at))
    await stage.end().catch(stage.blame(file, 'at the end'))
  } finally {
    stage.leave()
    await gate.close()
  }
}

/** The client's filler lines: 78 octets each with CRLF, no dot in front. */
const filler = `${'0123456789'.repeat(8).slice(0, 76)}\r\n`

class Stage {
  readonly #gate: TestGate
  readonly #hop: ScriptedHop
  readonly #scanners: ScriptedScanners
  readonly #clock: FakeClock
  readonly #clients: Client[] = []
  #client = 1
  /** How the message that comes next is framed; undefined: it ends with a dot. */
  #chunk: number | undefined

  constructor(gate: TestGate, hop: ScriptedHop, scanners: ScriptedScanners, clock: FakeClock) {
    this.#gate = gate
    this.#hop = hop
    this.#scanners = scanners
    this.#clock = clock
  }

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'send':
        this.#peer(step.who).send(step.octets)
        return
      case 'fill':
        this.#peer(step.who).send(filler.repeat(step.lines))
        return
      case 'take':
        return this.#take(step.who, step.line)
      case 'take message':
        return this.#takeMessage(step.who, step.lines)
      case 'take scan':
        return this.#takeScan(step)
      case 'answer scan':
        this.#scanners.at(step.scanner).answer(step.words)
        return
      case 'quarantine':
        return this.#quarantine(step.lines)
      case 'deed':
        return this.#deed(step)
      case 'offered':
        return this.#offered(step.keywords)
      case 'clock':
        return this.#pass(step.ms)
      case 'nothing':
        return this.#nothing()
      case 'log':
        return this.#log(step.line, step.lacks)
    }
  }

  /** Nothing more may come from the gate, on either side, but RSET and QUIT on its way out. */
  async end(): Promise<void> {
    await turns(30)
    for (const { peer } of this.#clients) {
      if (peer.closed) continue
      surplus('client', peer.unread)
      peer.finish()
      surplus('client', await peer.end())
    }
    await turns()
    this.#scanners.surplus()
    for (const peer of this.#hop.used)
      if (!peer.closed && !/^(?:RSET\r\n)?(?:QUIT\r\n)?$/.test(peer.unread)) surplus('next hop', peer.unread)
  }

  leave(): void {
    for (const client of this.#clients) client.peer.close()
    this.#hop.close()
    this.#scanners.close()
  }

  blame(file: string, at: number | string): (error: unknown) => never {
    return error => {
      const words = error instanceof Error ? error.message : String(error)
      const where = typeof at === 'number' ? `${file}:${at}` : `${file} ${at}`
      throw new Error([`${where}: ${words}`, ...account(this.#clients, this.#hop, this.#gate)].join('\n'), {
        cause: error,
      })
    }
  }

  #peer(who: Who): Peer {
    if (who.side === 'next hop') return this.#hop.at(who.number)
    if (who.side !== 'client') return this.#scanners.at(who.side).current.peer
    const client = this.#clients[(who.number ?? this.#client) - 1]
    if (client === undefined) throw new Error('this client has not connected')
    return client.peer
  }

  #listener(side: Who['side']): NextHopListener {
    return side === 'client' || side === 'next hop' ? this.#hop : this.#scanners.at(side)
  }

  async #takeScan({ scanner, profile, lines }: Step & { kind: 'take scan' }): Promise<void> {
    const { message } = await this.#scanners.at(scanner).next(profile)
    const found = lines.length === 0 ? undefined : difference(lines, message.split('\r\n').slice(0, -1))
    if (found !== undefined) throw new Error(found)
  }

  async #quarantine(expected: readonly string[]): Promise<void> {
    await turns(30)
    const found = difference(expected, await keptIn(join(this.#gate.folder, 'var/quarantine')))
    if (found !== undefined) throw new Error(found)
  }

  async #take(who: Who, expected: string): Promise<void> {
    const peer = who.side === 'client' ? this.#peer(who) : await this.#hop.ready(who.number)
    const got = await peer.line()
    if (who.side === 'next hop') this.#chunk = chunkSize(got)
    if (!fits(expected, got)) throw new Error(`\n  expected: ${expected}\n       got: ${escaped(got)}`)
  }

  async #takeMessage(who: Who, expected: readonly string[]): Promise<void> {
    const peer = this.#peer(who)
    const octets = await (this.#chunk === undefined ? untilDot(peer) : peer.octets(this.#chunk))
    const closed = octets.endsWith('\r\n') || octets === ''
    const lines = closed ? octets.split('\r\n').slice(0, -1) : octets.split('\r\n')
    const found = difference(expected, lines)
    if (found !== undefined) throw new Error(found)
    if (!closed) throw new Error('the last line has no CRLF')
  }

  async #deed({ who, deed }: Step & { kind: 'deed' }): Promise<void> {
    if (who.side === 'client' && who.number !== undefined) this.#client = who.number
    switch (deed) {
      case 'connects':
      case 'greets': {
        const client = await (deed === 'greets'
          ? Client.greet(this.#gate.endpoint)
          : Client.connect(this.#gate.endpoint))
        this.#clients.push(client)
        this.#client = this.#clients.length
        return
      }
      case 'closes':
        this.#peer(who).close()
        return
      case 'resets':
        this.#peer(who).reset()
        return
      case 'ends':
        this.#peer(who).finish()
        return
      case 'is closed':
        surplus(who.side, await this.#peer(who).end())
        return
      case 'stops reading':
        this.#peer(who).stopReading()
        return
      case 'reads on':
        this.#peer(who).readOn()
        return
      case 'accepts':
        return this.#hop.accept()
      case 'refuses connections':
        this.#listener(who.side).refuse()
        return
      case 'takes connections':
        return this.#listener(who.side).listen()
    }
  }

  async #offered(keywords: readonly string[]): Promise<void> {
    const client = this.#clients[this.#client - 1]
    const { code, lines } = (await client?.reply()) ?? { code: 0, lines: [] }
    const got = lines.slice(1).map(line => line.slice(4))
    const same = difference([...keywords].sort(), [...got].sort())
    if (code !== 250 || same !== undefined) throw new Error(same ?? lines.join('\n'))
  }

  /** Something must fall due within `ms`: the fault is there to be noticed by its timer, which may not be set yet. */
  async #pass(ms: number): Promise<void> {
    await turns()
    await eventually(
      () => (this.#clock.untilNext() ?? Infinity) <= ms,
      () => `no timer of the gate falls due within ${ms} ms`,
    )
    await this.#clock.pass(ms)
  }

  async #nothing(): Promise<void> {
    await turns(30)
    this.#scanners.surplus()
    for (const client of this.#clients) surplus('client', client.peer.unread)
    for (const peer of this.#hop.used) if (!peer.closed) surplus('next hop', peer.unread)
  }

  async #log(expected: string, lacks: boolean): Promise<void> {
    const isThere = (): boolean => this.#gate.log().some(line => fits(`…${expected}…`, line))
    await turns(30)
    if (lacks && isThere()) throw new Error(`the log says: ${expected}`)
    if (!lacks) await eventually(isThere, () => `the log does not say: ${expected}`)
  }
}
