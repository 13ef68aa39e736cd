/** Something that takes messages. */
import { execFileSync } from 'node:child_process'

/** `group`: the process group whose processor time and memory count; undefined if nothing stands between client and sink. */
export type ServerName = 'no proxy' | 'lmtp-gate' | "Dovecot's proxy" | 'amavisd' | 'amavisd with clamd'

export type Server = { readonly name: ServerName; readonly port: number; readonly group: number | undefined }

export function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
