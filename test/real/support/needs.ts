/** Whether this machine has the real servers; a test may be skipped without them, but never in CI. */
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Debian's package for each server, and a program in it. */
const packages = {
  postfix: { name: 'postfix', program: 'postfix' },
  dovecot: { name: 'dovecot-lmtpd and dovecot-imapd', program: 'dovecot' },
  clamd: { name: 'clamav-daemon', program: 'clamd' },
  rspamd: { name: 'rspamd', program: 'rspamd' },
  spamd: { name: 'spamd', program: 'spamd' },
  haproxy: { name: 'haproxy', program: 'haproxy' },
  zip: { name: 'zip', program: 'zip' },
} as const

export type Need = keyof typeof packages

/** For `describe`: false, or the reason why the test is skipped. With CI set, throws instead of skipping. */
export function skipWithout(...needs: readonly Need[]): string | false {
  const reason = missing(needs)
  if (reason === undefined) return false
  if (process.env['CI'] !== undefined) throw new Error(`${reason}, and CI skips nothing`)
  return reason
}

function missing(needs: readonly Need[]): string | undefined {
  if (process.getuid?.() !== 0) return 'the real servers must be started by root'
  const absent = needs.filter(need => !installed(packages[need].program))
  if (absent.length === 0) return undefined
  return `not installed: ${absent.map(need => packages[need].name).join(', ')}`
}

function installed(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
  return folders.some(folder => executable(join(folder, program)))
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
