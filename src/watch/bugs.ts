/** Errors of our own that nobody caught. */
import type { Log } from './log.ts'

/** A bug nobody caught: Postfix keeps the mail that is under way, and whoever started us starts us again. */
export function endOnBug(log: Log): void {
  const end = (error: unknown): void => {
    log.event('error', 'bug', { error: bugText(error) })
    log.flushNow()
    process.exit(1)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}

export function bugText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Why we cannot start, in few words. */
export function causeText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
