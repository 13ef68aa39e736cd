/** The servers that measurements share, each started when the first of them asks for it. */
import { execFileSync } from 'node:child_process'
import type { Site } from '../../real/support/site.ts'
import { startAmavis } from './amavis.ts'
import { startDovecotProxy } from './dovecot-proxy.ts'
import { repository, startGate, type Gate, type GateOptions } from './gate.ts'
import { isInstalled, type Server } from './server.ts'
import { startSink } from './sink.ts'

export class Servers {
  readonly #site: Site
  readonly #profiles: string | undefined
  readonly #started = new Map<string, Promise<Server>>()
  readonly #missing = new Set<string>()
  #compiled = false

  /** `profiles`: the folder in which every gate leaves one. */
  constructor(site: Site, profiles: string | undefined) {
    this.#site = site
    this.#profiles = profiles
  }

  sink(): Promise<Server> {
    return this.#once('sink', () => startSink(this.#site))
  }

  /** For mail that is measured while the other is busy: it takes what comes on one connection for as long as more comes. */
  secondSink(): Promise<Server> {
    return this.#once('second sink', () => startSink(this.#site))
  }

  /** One for each name. */
  gate(options: Omit<GateOptions, 'nextHop' | 'profiles'>): Promise<Gate> {
    return this.#once(options.name, async () => {
      this.#compile()
      const profiling = this.#profiles === undefined ? {} : { profiles: this.#profiles }
      return startGate(this.#site, { ...options, ...profiling, nextHop: (await this.sink()).port })
    })
  }

  /** Undefined if it is not installed; so are the other peers. */
  async dovecotProxy(): Promise<Server | undefined> {
    if (!this.#has('dovecot')) return undefined
    return this.#once('dovecot', async () => startDovecotProxy(this.#site, (await this.sink()).port))
  }

  /** With its checks off, or with this clamd. */
  async amavis(clamd?: number): Promise<Server | undefined> {
    if (!this.#has('amavisd')) return undefined
    const name = `amavisd ${clamd ?? ''}`
    return this.#once(name, async () => startAmavis(this.#site, (await this.sink()).port, clamd))
  }

  /** Programs that were asked for and are not installed. */
  get missing(): readonly string[] {
    return [...this.#missing]
  }

  #has(program: string): boolean {
    const has = isInstalled(program)
    if (!has) this.#missing.add(program)
    return has
  }

  /** A name belongs to one kind of server. */
  #once<T extends Server>(name: string, start: () => Promise<T>): Promise<T> {
    const server = (this.#started.get(name) as Promise<T> | undefined) ?? start()
    this.#started.set(name, server)
    return server
  }

  #compile(): void {
    if (!this.#compiled) execFileSync('npx', ['tsc'], { cwd: repository, stdio: ['ignore', 2, 2] })
    this.#compiled = true
  }
}
