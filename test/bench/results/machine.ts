/** On what machine it was measured, and whether it was idle. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'

export type Machine = {
  readonly date: string
  readonly processor: string
  readonly memory: string
  readonly kernel: string
  readonly node: string
  readonly commit: string
  /** The part of the processors' time that others took before we began. */
  readonly busy: number
}

export async function machineNow(): Promise<Machine> {
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    processor: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GB`,
    kernel: `Linux ${release()}`,
    node: `Node ${process.version}`,
    commit: execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim(),
    busy: await busyShare(),
  }
}

export function machineText({ date, processor, memory, kernel, node, commit, busy }: Machine): string {
  const idle = busy > tolerable ? `; **others took ${Math.round(busy * 100)} % of the processors**` : ''
  return `${[processor, memory, kernel, node, commit].join(', ')}, ${date} UTC${idle}`
}

/** Beyond that results are doubtful. */
export const tolerable = 0.1

async function busyShare(): Promise<number> {
  const before = times()
  await pause(2_000)
  const after = times()
  return 1 - (after.idle - before.idle) / (after.all - before.all)
}

/** The first line of /proc/stat: user, nice, system, idle, iowait, and more. */
function times(): { readonly idle: number; readonly all: number } {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? ''
  const ticks = line.split(/\s+/).slice(1, 9).map(Number)
  return { idle: (ticks[3] ?? 0) + (ticks[4] ?? 0), all: ticks.reduce((sum, each) => sum + each, 0) }
}
