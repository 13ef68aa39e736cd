/** What a process holds: descriptors, connections, temporary files, timers. */
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { until } from '../../real/support/until.ts'

export type Resources = {
  readonly descriptors: number
  readonly connections: number
  readonly files: number
  readonly timers: number
}

/** Node's argument that makes a process answer `resourcesOf`. */
export function probing(answer: string): string {
  const code = `
    import { writeFileSync, renameSync } from 'node:fs'
    process.on('SIGUSR2', () => {
      const timers = process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
      writeFileSync(${JSON.stringify(`${answer}.new`)}, String(timers))
      renameSync(${JSON.stringify(`${answer}.new`)}, ${JSON.stringify(answer)})
    })`
  return `--import=data:text/javascript,${encodeURIComponent(code)}`
}

/** `answer` as it was given to `probing`. Files: in the spool folder, and open ones without a name. */
export async function resourcesOf(pid: number, spool: string, answer: string): Promise<Resources> {
  rmSync(answer, { force: true })
  process.kill(pid, 'SIGUSR2')
  const timers = await until('an answer about timers', () => readFileSync(answer, 'utf8'))
  const open = readdirSync(`/proc/${pid}/fd`).map(name => target(`/proc/${pid}/fd/${name}`))
  return {
    descriptors: open.length,
    connections: open.filter(name => name.startsWith('socket:')).length,
    files: readdirSync(spool).length + open.filter(name => name.startsWith(spool)).length,
    timers: Number(timers),
  }
}

/** A descriptor may be closed while we look. */
function target(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
