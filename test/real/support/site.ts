/** A folder and ports for the servers of one test file, all stopped and removed at its end. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './until.ts'

/** A TCP port of 127.0.0.1, or the path of a Unix socket. */
export type Place = number | string

export type Stoppable = { stop(): Promise<void> }

export class Site {
  readonly root: string
  readonly #servers: Stoppable[] = []

  constructor() {
    this.root = mkdtempSync(join(tmpdir(), 'lmtp-gate-real-'))
    chmodSync(this.root, 0o755)
    process.once('exit', () => this.#remove())
  }

  /** Makes a folder and gives its path. */
  folder(...names: readonly string[]): string {
    const path = join(this.root, ...names)
    mkdirSync(path, { recursive: true })
    return path
  }

  /** The server will be stopped when the site closes, the last one first. */
  add<T extends Stoppable>(server: T): T {
    this.#servers.push(server)
    return server
  }

  /** With LMTP_GATE_KEEP set the folder stays, to look at the logs. */
  async close(): Promise<void> {
    for (const server of this.#servers.splice(0).reverse()) await server.stop()
    if (process.env['LMTP_GATE_KEEP'] !== undefined) console.log(`kept ${this.root}`)
    this.#remove()
  }

  #remove(): void {
    if (process.env['LMTP_GATE_KEEP'] === undefined) rmSync(this.root, { recursive: true, force: true })
  }
}

/** Waits until something listens. If `hasEnded` says so meanwhile, throws with the end of the log. */
export async function listening(place: Place, log: string, hasEnded: () => boolean): Promise<void> {
  await until(`a server at ${place}`, async () => hasEnded() || (await connects(place)))
  if (hasEnded()) throw new Error(`the server at ${place} ended at once:\n${readFileSync(log, 'utf8').slice(-2000)}`)
}

/** Whether a connection to the place is taken. */
export function connects(place: Place): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(typeof place === 'number' ? { port: place, host: '127.0.0.1' } : { path: place })
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
