/** What happens to the policy files while the gate runs, as log lines. */
import type { RulesEvent } from '../decide/reload/events.ts'
import { problemText } from './log.ts'
import type { Log } from './log.ts'

export function logRules(log: Log, event: RulesEvent): void {
  switch (event.kind) {
    case 'reloaded': {
      const { changes, files, broken } = event
      log.event('info', 'policies reloaded', { changes, files, broken })
      return
    }
    case 'broken':
      log.event('error', 'broken policy file', { problem: problemText(event.problem), until_mended: event.until })
      return
    case 'advice':
      log.event('warning', 'policy', { problem: problemText(event.problem) })
      return
    case 'more':
      log.event('warning', 'more about policy files, see lmtp-gate check', { lines: event.count })
      return
    case 'mended':
      log.event('info', 'policy file mended', { file: event.file })
      return
    case 'changing':
      log.event('info', 'policy file is being changed, mail waits', { file: event.file })
      return
    case 'lost':
      log.event('error', 'policies cannot be read, the last good version counts', {
        folder: event.folder,
        cause: event.cause,
      })
      return
    case 'unwatched':
      log.event('warning', 'policies cannot be watched, changes count within a minute', {
        folder: event.folder,
        cause: event.cause,
        mend: mends[event.cause],
      })
      return
    case 'watched':
      log.event('info', 'policies are watched')
      return
    case 'failed': {
      const { error } = event
      log.event('error', 'bug', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
      return
    }
  }
}

/** Linux tells by these that a limit was reached. */
const mends: Readonly<Record<string, string>> = {
  ENOSPC: 'raise fs.inotify.max_user_watches',
  EMFILE: 'raise fs.inotify.max_user_instances',
}
