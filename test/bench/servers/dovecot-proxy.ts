/** A peer: Dovecot's own LMTP proxy, written in C, which filters nothing. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Daemon } from '../../real/support/daemon.ts'
import { freePort } from '../../support/free-port.ts'
import { listening, type Site } from '../../real/support/site.ts'
import type { Server } from './server.ts'

export async function startDovecotProxy(site: Site, nextHop: number): Promise<Server> {
  const port = await freePort()
  const folder = site.folder('dovecot')
  const log = join(folder, 'log')
  const config = join(folder, 'dovecot.conf')
  writeFileSync(config, proxyConfiguration(folder, port, nextHop))
  const daemon = site.add(new Daemon(['dovecot', '-F', '-c', config], { log }))
  await listening(port, log, () => daemon.hasEnded)
  return { name: "Dovecot's proxy", port, group: daemon.pid }
}

/** Eight processes wait for clients, so that it need not fork for each of eight sessions. */
function proxyConfiguration(folder: string, port: number, nextHop: number): string {
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
  args = proxy=y host=127.0.0.1 port=${nextHop} protocol=lmtp nopassword=y
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
