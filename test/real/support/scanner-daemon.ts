/** A scanner as a daemon on a port of its own, that can be killed, stopped in its tracks and started again. */
import { readFileSync } from 'node:fs'
import type { Endpoint } from '../../../src/deliver/endpoint.ts'
import { Daemon } from './daemon.ts'
import { listening } from './site.ts'

export class ScannerDaemon {
  readonly endpoint: Endpoint & { readonly kind: 'inet' }
  readonly #command: readonly string[]
  readonly #log: string
  readonly #journal: string
  #daemon: Daemon | undefined

  /** `command` must stay in the foreground. `journal`: the file in which it tells of its scans, if that is not its output. */
  constructor(port: number, command: readonly string[], log: string, journal = log) {
    this.endpoint = { kind: 'inet', host: '127.0.0.1', port }
    this.#command = command
    this.#log = log
    this.#journal = journal
  }

  async start(): Promise<void> {
    const daemon = new Daemon(this.#command, { log: this.#log })
    this.#daemon = daemon
    await listening(this.endpoint.port, this.#log, () => daemon.hasEnded)
  }

  /** The lines of its own log that fit. */
  logged(pattern: RegExp): readonly string[] {
    return readFileSync(this.#journal, 'latin1')
      .split('\n')
      .filter(line => pattern.test(line))
  }

  /** It takes connections and says nothing. */
  freeze(): void {
    this.#daemon?.signalGroup('SIGSTOP')
  }

  thaw(): void {
    this.#daemon?.signalGroup('SIGCONT')
  }

  /** kill -9 of all its processes. */
  async kill(): Promise<void> {
    await this.#daemon?.kill()
  }

  async stop(): Promise<void> {
    this.thaw()
    await this.#daemon?.stop(5)
  }
}
