/** A peer: amavisd, which decides for each recipient, too; with all its checks off, or with clamd. */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { Daemon } from '../../real/support/daemon.ts'
import { freePort } from '../../support/free-port.ts'
import { listening, type Site } from '../../real/support/site.ts'
import type { Server } from './server.ts'

/** `clamd`: its port; undefined: no virus is looked for. */
export async function startAmavis(site: Site, nextHop: number, clamd: number | undefined): Promise<Server> {
  const port = await freePort()
  const name = clamd === undefined ? 'amavisd' : 'amavisd with clamd'
  const folder = site.folder(name.replaceAll(' ', '-'))
  for (const part of ['home', 'tmp', 'db']) mkdirSync(join(folder, part))
  const own = ids('amavis')
  execFileSync('chown', ['-R', `${own.uid}:${own.gid}`, folder])
  // It refuses a configuration that it could change itself.
  const config = join(folder, 'amavisd.conf')
  writeFileSync(config, configuration(folder, port, nextHop) + scanning(clamd))
  chownSync(folder, 0, 0)
  chmodSync(folder, 0o755)
  const log = join(folder, 'output.log')
  const daemon = site.add(new Daemon(['amavisd', '-c', config, 'foreground'], { log }))
  await listening(port, log, () => daemon.hasEnded)
  return { name, port, group: daemon.pid }
}

function ids(user: string): { readonly uid: number; readonly gid: number } {
  const of = (what: string): number => Number(execFileSync('id', [what, user], { encoding: 'utf8' }))
  return { uid: of('-u'), gid: of('-g') }
}

/** As many children as there are sessions; what is found goes on as if nothing had been. */
function configuration(folder: string, port: number, nextHop: number): string {
  return `
use strict;
$daemon_user = 'amavis';
$daemon_group = 'amavis';
$max_servers = 8;
$max_requests = 1_000_000;
$myhostname = 'amavis.example.test';
$mydomain = 'example.test';
@local_domains_maps = ([".$mydomain", '.fates.test']);
@mynetworks = ('127.0.0.0/8');
@inet_acl = ('127.0.0.1');
$MYHOME = '${folder}/home';
$TEMPBASE = '${folder}/tmp';
$ENV{TMPDIR} = $TEMPBASE;
$db_home = '${folder}/db';
$pid_file = '${folder}/home/pid';
$lock_file = '${folder}/home/lock';
$enable_db = 0;
$log_level = 0;
$do_syslog = 0;
$LOGFILE = '${folder}/home/log';
$unix_socketname = undef;
$inet_socket_bind = '127.0.0.1';
$inet_socket_port = [${port}];
$forward_method = 'lmtp:[127.0.0.1]:${nextHop}';
$notify_method = $forward_method;
$virus_admin = undef;
$QUARANTINEDIR = undef;
$virus_quarantine_to = $spam_quarantine_to = $banned_quarantine_to = $bad_header_quarantine_to = undef;
$final_virus_destiny = $final_spam_destiny = $final_banned_destiny = $final_bad_header_destiny = D_PASS;
@bypass_spam_checks_maps = @bypass_banned_checks_maps = @bypass_header_checks_maps = (1);
`
}

function scanning(clamd: number | undefined): string {
  if (clamd === undefined) return '@bypass_virus_checks_maps = (1);\n1;\n'
  return `
@bypass_virus_checks_maps = (0);
@av_scanners = (['clamd', \\&ask_daemon, ["CONTSCAN {}\\n", '127.0.0.1:${clamd}'], qr/\\bOK$/m, qr/\\bFOUND$/m, qr/^.*?: (.*) FOUND$/m]);
@av_scanners_backup = ();
1;
`
}
