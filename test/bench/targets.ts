/** What is measured: a sink that takes everything, and the proxies in front of it. */
import { execFileSync } from 'node:child_process'
import { existsSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Daemon } from '../real/support/daemon.ts'
import { freePort, listening, type Site } from '../real/support/site.ts'

/** `group`: the process group whose processor time and memory count; undefined if nothing stands between client and sink. */
export type Target = { readonly name: TargetName; readonly port: number; readonly group: number | undefined }

export const targetNames = ['no proxy', 'lmtp-gate', 'Dovecot proxy'] as const
export type TargetName = (typeof targetNames)[number]

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Postfix's smtp-sink, which does not run as root. */
export async function startSink(site: Site): Promise<Target> {
  const port = await freePort()
  const log = join(site.folder('sink'), 'log')
  const daemon = site.add(new Daemon(['smtp-sink', '-L', '-u', 'nobody', `127.0.0.1:${port}`, '512'], { log }))
  await listening(port, log, () => daemon.hasEnded)
  return { name: 'no proxy', port, group: undefined }
}

/** Compiled, as it is installed. The spool must cost what it costs in earnest, so it may not lie in memory. */
export async function startGate(site: Site, sink: number): Promise<Target> {
  execFileSync('npx', ['tsc'], { cwd: repository, stdio: ['ignore', 2, 2] })
  const port = await freePort()
  const folder = site.folder('gate')
  const spool = site.folder('gate', 'spool')
  if (statfsSync(spool).type === tmpfs) throw new Error(`${spool} lies on tmpfs; set TMPDIR to a folder on a disk`)
  writeFileSync(join(site.folder('gate', 'rules'), 'default.yaml'), 'size: { max: 100MB }\n')
  const config = join(folder, 'lmtp-gate.yaml')
  writeFileSync(
    config,
    `listen: inet:127.0.0.1:${port}\nnext_hop: inet:127.0.0.1:${sink}\nrules: rules\nspool: { folder: spool }\n`,
  )
  const log = join(folder, 'log')
  const program = [process.execPath, join(repository, 'dist/main.js'), 'serve', '--config', config]
  const daemon = site.add(new Daemon(program, { log, cwd: folder }))
  await listening(port, log, () => daemon.hasEnded)
  return { name: 'lmtp-gate', port, group: daemon.pid }
}

const tmpfs = 0x01021994

/** Undefined if Dovecot is not installed. */
export async function startDovecotProxy(site: Site, sink: number): Promise<Target | undefined> {
  if (!existsSync('/usr/sbin/dovecot')) return undefined
  const port = await freePort()
  const folder = site.folder('dovecot')
  const log = join(folder, 'log')
  const config = join(folder, 'dovecot.conf')
  writeFileSync(config, proxyConfiguration(folder, port, sink))
  const daemon = site.add(new Daemon(['dovecot', '-F', '-c', config], { log }))
  await listening(port, log, () => daemon.hasEnded)
  return { name: 'Dovecot proxy', port, group: daemon.pid }
}

/** Eight processes wait for clients, so that it need not fork for each of eight sessions. */
function proxyConfiguration(folder: string, port: number, sink: number): string {
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
protocols = lmtp
listen = 127.0.0.1
ssl = no
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:${folder}/mail/%Ln
lmtp_proxy = yes
passdb {
  driver = static
  args = proxy=y host=127.0.0.1 port=${sink} protocol=lmtp nopassword=y
}
userdb {
  driver = static
  args = uid=mail gid=mail home=${folder}/mail/%Ln
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${port}
  }
  process_limit = 64
  process_min_avail = 8
  client_limit = 1
}
service anvil {
  chroot =
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
`
}
