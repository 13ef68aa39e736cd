/** The servers that measurements share, each started when the first of them asks for it. */
import { execFileSync } from 'node:child_process'
import type { Site } from '../../real/support/site.ts'
import { startDovecotProxy } from './dovecot-proxy.ts'
import { repository, startGate, type GateOptions } from './gate.ts'
import { isInstalled, type Server } from './server.ts'
import { startSink } from './sink.ts'

export class Servers {
  readonly #site: Site
  readonly #started = new Map<string, Promise<Server>>()
  #compiled = false

  constructor(site: Site) {
    this.#site = site
  }

  sink(): Promise<Server> {
    return this.#once('sink', () => startSink(this.#site))
  }

  /** One for each name. */
  gate(options: Omit<GateOptions, 'nextHop'>): Promise<Server> {
    return this.#once(options.name, async () => {
      this.#compile()
      return startGate(this.#site, { ...options, nextHop: (await this.sink()).port })
    })
  }

  /** Undefined if it is not installed. */
  async dovecotProxy(): Promise<Server | undefined> {
    if (!isInstalled('dovecot')) return undefined
    return this.#once('dovecot', async () => startDovecotProxy(this.#site, (await this.sink()).port))
  }

  #once(name: string, start: () => Promise<Server>): Promise<Server> {
    const server = this.#started.get(name) ?? start()
    this.#started.set(name, server)
    return server
  }

  #compile(): void {
    if (!this.#compiled) execFileSync('npx', ['tsc'], { cwd: repository, stdio: ['ignore', 2, 2] })
    this.#compiled = true
  }
}
