/** A folder for as long as a command runs: it is gone with it, also if a signal ends it. */
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `remove` takes it away with all that is in it. */
export type TemporaryFolder = { readonly path: string; remove(): void }

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** `purpose`: a word of its name. Not for worker threads, which hear no signals. */
export function temporaryFolder(purpose: string): TemporaryFolder {
  const remove = (): void => {
    for (const signal of signals) process.off(signal, end)
    // Under another name no thread can put anything into it meanwhile.
    const gone = `${path}.gone`
    renameSync(path, gone)
    rmSync(gone, { recursive: true, force: true })
  }
  // Now that nobody listens any more, the same signal ends us as it ends others.
  const end = (signal: NodeJS.Signals): void => {
    remove()
    process.kill(process.pid, signal)
  }
  for (const signal of signals) process.on(signal, end)
  const path = mkdtempSync(join(tmpdir(), `lmtp-gate-${purpose}-${process.pid}-`))
  return { path, remove }
}
