/** A server as a child process in a process group of its own, of which nothing is left when the test is over, however it ends. */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { until } from './until.ts'

type Options = { readonly log: string; readonly cwd?: string; readonly env?: NodeJS.ProcessEnv }

// Debian keeps servers in sbin, which is not on everybody's path.
process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`

const running = new Set<Daemon>()

process.on('exit', () => {
  for (const daemon of running) daemon.signalGroup('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))

export class Daemon {
  readonly #child: ChildProcess
  readonly #guard: ChildProcess
  readonly #ended: Promise<number | NodeJS.Signals>

  /** Its output is appended to the file `log`. */
  constructor(command: readonly string[], options: Options) {
    const log = openSync(options.log, 'a')
    const [program = '', ...args] = command
    this.#child = spawn(program, args, {
      cwd: options.cwd ?? '/',
      env: { ...process.env, ...options.env },
      stdio: ['ignore', log, log],
      detached: true,
    })
    closeSync(log)
    this.#guard = guard(this.#child.pid ?? 0)
    running.add(this)
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('exit', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'))
    })
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`cannot start ${this.#child.spawnargs.join(' ')}`)
    return this.#child.pid
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** The exit code, or the signal that ended it. */
  get ended(): Promise<number | NodeJS.Signals> {
    return this.#ended
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  signalGroup(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return
    try {
      process.kill(-this.#child.pid, signal)
    } catch {
      // The group is gone already.
    }
  }

  /** kill -9, the first process and all that it started. Whatever they listened on is free then: a process that was killed may hold it a while yet. */
  async kill(): Promise<void> {
    this.signalGroup('SIGKILL')
    await this.#ended
    await until('the end of all that was killed', () => !livesGroup(this.#child.pid))
    this.#guard.kill()
    running.delete(this)
  }

  /** SIGTERM to the first process, so many seconds for it to end, then `kill`. */
  async stop(seconds = 20): Promise<void> {
    this.signal('SIGTERM')
    const timer = setTimeout(() => this.signalGroup('SIGKILL'), seconds * 1000)
    await this.#ended
    clearTimeout(timer)
    await this.kill()
  }
}

/** Whether a process of the group, or a thread of it, is alive. Who is dead and only waits to be collected (Z, X) holds nothing any more. */
function livesGroup(group: number | undefined): boolean {
  return readdirSync('/proc').some(pid => /^\d+$/.test(pid) && groupAlive(pid) === String(group))
}

/** Undefined of who is dead. */
function groupAlive(pid: string): string | undefined {
  try {
    // proc(5): pid (comm) state ppid pgrp ..., of which comm may contain anything; the 20th is the number of threads.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state = '', , group, ...more] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const isDead = 'ZX'.includes(state) && Number(more[14]) <= 1
    return isDead ? undefined : group
  } catch {
    return undefined // It ended meanwhile.
  }
}

/** Kills the group when this process is gone, even by kill -9: nobody else then holds the other end of the guard's input. */
function guard(group: number): ChildProcess {
  return spawn('sh', ['-c', 'read -r _; kill -9 "-$0"', String(group)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
}
