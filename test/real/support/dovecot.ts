/** A real Dovecot in a folder of its own: LMTP over TCP and a Unix socket, IMAP to read back what it stored. */
import { chownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Daemon } from './daemon.ts'
import { freePort } from '../../support/free-port.ts'
import { connects, listening, type Site } from './site.ts'
import { until } from './until.ts'

export const password = 'secret'

/** Names in example.test. `full` have a quota of one octet. Everybody else is unknown. */
export type Users = { readonly users: readonly string[]; readonly full?: readonly string[] }

/** Debian's base system has this user, and Dovecot does not object to it as it does to root and its own. */
const mailUser = { name: 'mail', uid: 8, gid: 8 }

export class Dovecot {
  readonly lmtp: number
  readonly imap: number
  readonly socket: string
  readonly #folder: string
  #daemon: Daemon | undefined

  static async start(site: Site, users: Users): Promise<Dovecot> {
    const dovecot = site.add(new Dovecot(site.folder('dovecot'), await freePort(), await freePort()))
    dovecot.#configure(users)
    await dovecot.start()
    return dovecot
  }

  private constructor(folder: string, lmtp: number, imap: number) {
    this.#folder = folder
    this.lmtp = lmtp
    this.imap = imap
    this.socket = join(folder, 'lmtp.sock')
  }

  async start(): Promise<void> {
    const log = join(this.#folder, 'dovecot.log')
    const daemon = new Daemon(['dovecot', '-F', '-c', join(this.#folder, 'dovecot.conf')], { log })
    this.#daemon = daemon
    for (const place of [this.lmtp, this.imap, this.socket]) await listening(place, log, () => daemon.hasEnded)
  }

  /** kill -9 of master and workers, in the middle of whatever they do. */
  async kill(): Promise<void> {
    await this.#daemon?.kill()
    this.#breakLocks()
  }

  async stop(): Promise<void> {
    await this.#daemon?.stop()
    await until('Dovecot gone', async () => !(await connects(this.lmtp)))
    this.#breakLocks()
  }

  /** A lock file outlives the process that was killed, and Dovecot itself would wait two minutes before it takes it for stale. */
  #breakLocks(): void {
    const mail = join(this.#folder, 'mail')
    for (const name of readdirSync(mail, { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.lock')) rmSync(join(mail, name))
  }

  #configure(users: Users): void {
    const names = [
      ...users.users.map(name => `${name}@example.test:{plain}${password}::::::`),
      ...(users.full ?? []).map(name => `${name}@example.test:{plain}${password}::::::userdb_quota_rule=*:bytes=1`),
    ]
    writeFileSync(join(this.#folder, 'users'), names.join('\n') + '\n')
    writeFileSync(join(this.#folder, 'dovecot.conf'), configuration(this.#folder, this.lmtp, this.imap, this.socket))
    const mail = join(this.#folder, 'mail')
    mkdirSync(mail)
    chownSync(mail, mailUser.uid, mailUser.gid)
  }
}

/** Dovecot 2.3. Nothing is chrooted, since its folder is not where Debian's would be. */
function configuration(folder: string, lmtp: number, imap: number, socket: string): string {
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
protocols = lmtp imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:${folder}/mail/%Ln
mail_plugins = quota
maildir_stat_dirs = no
mail_fsync = never
recipient_delimiter = +
lmtp_save_to_detail_mailbox = yes
lda_mailbox_autocreate = yes
quota_full_tempfail = no
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = passwd-file
  args = username_format=%u ${folder}/users
  default_fields = uid=${mailUser.name} gid=${mailUser.name} home=${folder}/mail/%Ln
}
plugin {
  quota = maildir:User quota
  quota_rule = *:storage=10G
}
protocol lmtp {
  mail_plugins = quota
  postmaster_address = postmaster@example.test
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtp}
  }
  unix_listener ${socket} {
    mode = 0666
  }
  process_limit = 64
}
service imap-login {
  chroot =
  inet_listener imap {
    address = 127.0.0.1
    port = ${imap}
  }
  inet_listener imaps {
    port = 0
  }
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
