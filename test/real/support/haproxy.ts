/** A real HAProxy in front of several gates: PROXY protocol towards them, and a look at each gate's health every half second. */
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../../support/free-port.ts'
import { Daemon } from './daemon.ts'
import { listening, type Site } from './site.ts'
import { until } from './until.ts'

/** A gate's port for it, and which version of the PROXY protocol it is to speak there. */
export type Behind = { readonly name: string; readonly port: number; readonly proxy: 'send-proxy' | 'send-proxy-v2' }

/** What HAProxy says of a gate. `octets`: that clients sent it. */
export type GateState = { readonly isUp: boolean; readonly sessions: number; readonly octets: number }

export class Haproxy {
  readonly port: number
  readonly #folder: string
  #daemon: Daemon | undefined

  /** Resolves when it found all gates healthy. */
  static async start(site: Site, gates: readonly Behind[]): Promise<Haproxy> {
    const haproxy = site.add(new Haproxy(site.folder('haproxy'), await freePort()))
    const file = join(haproxy.#folder, 'haproxy.cfg')
    writeFileSync(file, configuration(haproxy, gates))
    const log = join(haproxy.#folder, 'output.log')
    const daemon = new Daemon(['haproxy', '-db', '-f', file], { log })
    haproxy.#daemon = daemon
    await listening(haproxy.port, log, () => daemon.hasEnded)
    for (const { name } of gates) await haproxy.untilIsUp(name, true)
    return haproxy
  }

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.port = port
  }

  get control(): string {
    return join(this.#folder, 'control.sock')
  }

  async stop(): Promise<void> {
    await this.#daemon?.stop()
  }

  untilIsUp(gate: string, isUp: boolean): Promise<unknown> {
    return until(`HAProxy knows that ${gate} is ${isUp ? 'up' : 'down'}`, async () => {
      return (await this.state(gate)).isUp === isUp
    })
  }

  async state(gate: string): Promise<GateState> {
    const [head = '', ...rows] = (await this.#ask('show stat')).replace('# ', '').split('\n')
    const names = head.split(',')
    const row = rows.map(text => text.split(',')).find(([group, name]) => group === 'gates' && name === gate)
    if (row === undefined) throw new Error(`HAProxy knows no ${gate}`)
    const value = (name: string): string => row[names.indexOf(name)] ?? ''
    // Before it has looked once, it says "UP" without having seen an answer.
    const isUp = value('status') === 'UP' && value('check_status') === 'L7OK'
    return { isUp, sessions: Number(value('scur')), octets: Number(value('bin')) }
  }

  async #ask(question: string): Promise<string> {
    const socket = connect(this.control)
    socket.write(`${question}\n`)
    let answer = ''
    for await (const piece of socket) answer += String(piece)
    return answer
  }
}

function configuration({ port, control }: Haproxy, gates: readonly Behind[]): string {
  const servers = gates.map(gate => `  server ${gate.name} 127.0.0.1:${gate.port} ${gate.proxy} check\n`)
  return `
global
  stats socket ${control}
defaults
  mode tcp
  timeout connect 5s
  timeout client 11m
  timeout server 11m
listen gates
  bind 127.0.0.1:${port}
  balance leastconn
  option contstats
  option redispatch
  option tcp-check
  tcp-check expect rstring ^220
  tcp-check send LHLO\\ haproxy\\r\\n
  tcp-check expect rstring ^250
  default-server inter 500ms
${servers.join('')}`
}
