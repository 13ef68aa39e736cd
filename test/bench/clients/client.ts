/** Our own client, kept running over all loads, so that it is warm for each. */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Load, Measured } from './load.ts'

const program = fileURLToPath(new URL('client-main.ts', import.meta.url))

type Answer = { readonly measured: Measured } | { readonly error: string }

export class Client {
  readonly #child: ChildProcess

  constructor() {
    this.#child = fork(program, { execArgv: ['--import', 'tsx'] })
  }

  /** One load at a time. Rejects if anything was refused: refusing is quick and would look like speed. */
  send(load: Load): Promise<Measured> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null, signal: string | null): void =>
        reject(new Error(`the client ended: ${code ?? signal ?? 'unknown'}`))
      this.#child.once('exit', onExit)
      this.#child.once('message', (answer: Answer) => {
        this.#child.off('exit', onExit)
        if ('error' in answer) reject(new Error(answer.error))
        else resolve(answer.measured)
      })
      this.#child.send(load)
    })
  }

  /** What is being sent ends after the messages that are under way. */
  enough(): void {
    this.#child.send('stop')
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = new Promise(resolve => this.#child.once('exit', resolve))
    this.#child.disconnect()
    this.#child.kill()
    await ended
  }
}
