/** A scanner as a daemon on a port of its own, that can be killed, stopped in its tracks and started again. */
import type { Endpoint } from '../../../src/deliver/endpoint.ts'
import { Daemon } from './daemon.ts'
import { listening } from './site.ts'

export class ScannerDaemon {
  readonly endpoint: Endpoint & { readonly kind: 'inet' }
  readonly #command: readonly string[]
  readonly #log: string
  #daemon: Daemon | undefined

  /** `command` must stay in the foreground. */
  constructor(port: number, command: readonly string[], log: string) {
    this.endpoint = { kind: 'inet', host: '127.0.0.1', port }
    this.#command = command
    this.#log = log
  }

  async start(): Promise<void> {
    const daemon = new Daemon(this.#command, { log: this.#log })
    this.#daemon = daemon
    await listening(this.endpoint.port, this.#log, () => daemon.hasEnded)
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
