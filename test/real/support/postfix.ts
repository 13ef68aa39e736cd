/** A real Postfix with its own queue and configuration, which hands example.test to the gate over LMTP. */
import { execFile } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Daemon } from './daemon.ts'
import { MailClient } from './mail-client.ts'
import { freePort } from '../../support/free-port.ts'
import { listening, type Place, type Site } from './site.ts'
import { until } from './until.ts'

const run = promisify(execFile)

/** `aliases` are pairs of addresses: mail for the first goes to the second. `recipientLimit`: of one LMTP transaction. `from`: the address that it connects from. `reuse: false`: a connection for every message. */
type Options = {
  readonly nextHop: Place
  readonly aliases?: Readonly<Record<string, string>>
  readonly recipientLimit?: number
  readonly from?: string
  readonly reuse?: boolean
}

export class Postfix {
  /** Takes mail for everybody. */
  readonly smtp: number
  /** Takes mail only for those whom the next hop knows (reject_unverified_recipient). */
  readonly verifying: number
  readonly maillog: string
  readonly #configuration: string
  #daemon: Daemon | undefined

  /** `name` tells several Postfixes of one site apart. */
  static async start(site: Site, options: Options, name = 'postfix'): Promise<Postfix> {
    const folder = site.folder(name)
    const postfix = site.add(new Postfix(folder, await freePort(), await freePort()))
    postfix.#configure(folder, options)
    await postfix.#start()
    return postfix
  }

  private constructor(folder: string, smtp: number, verifying: number) {
    this.#configuration = join(folder, 'etc')
    this.maillog = join(folder, 'maillog')
    this.smtp = smtp
    this.verifying = verifying
  }

  async #start(): Promise<void> {
    const log = join(this.#configuration, 'output')
    // `postfix start-fg` would leave master(8) in a process group of its own, out of our reach.
    await run('postfix', ['-c', this.#configuration, 'check'])
    const { stdout } = await run('postconf', ['-c', this.#configuration, '-h', 'daemon_directory'])
    const daemon = new Daemon([join(stdout.trim(), 'master'), '-c', this.#configuration, '-s'], { log })
    this.#daemon = daemon
    for (const port of [this.smtp, this.verifying]) await listening(port, log, () => daemon.hasEnded)
  }

  async stop(): Promise<void> {
    await this.#daemon?.stop()
  }

  /** Hands it a message for these people in example.test, and gives its queue id. */
  async submit(from: string, names: readonly string[], message: Buffer): Promise<string> {
    const client = await MailClient.open(this.smtp, 'EHLO')
    const id = await client.submit({ from, to: names.map(name => `${name}@example.test`), message })
    await client.quit()
    return id
  }

  /** What is still in the queue, as postqueue -j tells it, one line per message. */
  async queue(): Promise<readonly string[]> {
    const { stdout } = await run('postqueue', ['-c', this.#configuration, '-j'], { maxBuffer: 1 << 26 })
    return stdout.split('\n').filter(line => line !== '')
  }

  /** Asks for a new attempt until the queue is empty. */
  async drain(seconds = 120): Promise<void> {
    await until(
      'an empty queue',
      async () => {
        if ((await this.queue()).length === 0) return true
        await run('postqueue', ['-c', this.#configuration, '-f'])
        return false
      },
      seconds,
      300,
    )
  }

  /** Empty until Postfix has something to say. */
  log(): string {
    return existsSync(this.maillog) ? readFileSync(this.maillog, 'utf8') : ''
  }

  #configure(folder: string, options: Options): void {
    for (const name of ['etc', 'queue', 'data']) mkdirSync(join(folder, name))
    const { uid, gid } = statSync('/var/lib/postfix')
    chownSync(join(folder, 'data'), uid, gid)
    writeFileSync(join(this.#configuration, 'master.cf'), master(this.smtp, this.verifying))
    writeFileSync(join(this.#configuration, 'main.cf'), main(folder, options))
  }
}

function main(folder: string, options: Options): string {
  const aliases = Object.entries(options.aliases ?? {}).map(([from, to]) => `{ ${from} = ${to} }`)
  const { nextHop, recipientLimit = 100, from = '', reuse = true } = options
  return `
compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
maillog_file = ${folder}/maillog
maillog_file_prefixes = ${folder}
myhostname = mx.example.test
mydomain = example.test
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
alias_database =
virtual_mailbox_domains = example.test
virtual_mailbox_maps = static:ok
virtual_alias_maps = inline:{ ${['{ none@none.test = none@none.test }', ...aliases].join(', ')} }
virtual_transport = lmtp:${typeof nextHop === 'number' ? `inet:127.0.0.1:${nextHop}` : `unix:${nextHop}`}
default_transport = error:5.1.2 nothing leaves this machine
lmtp_destination_recipient_limit = ${recipientLimit}
lmtp_destination_concurrency_limit = 10
lmtp_connection_cache_destinations = ${reuse ? 'static:all' : ''}
lmtp_connection_cache_on_demand = ${reuse ? 'yes' : 'no'}
lmtp_connection_cache_time_limit = 30s
connection_cache_ttl_limit = 30s
lmtp_send_xforward_command = yes
lmtp_bind_address = ${from}
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
transport_retry_time = 1s
message_size_limit = 104857600
mailbox_size_limit = 0
in_flow_delay = 0
smtputf8_enable = yes
smtpd_recipient_restrictions = permit_mynetworks, reject
unverified_recipient_reject_code = 550
unverified_recipient_tempfail_action = defer
address_verify_map =
address_verify_poll_delay = 1s
address_verify_poll_count = 20
notify_classes =
`
}

/** Nothing is chrooted, and there is no service that leaves the machine. */
function master(smtp: number, verifying: number): string {
  return `
127.0.0.1:${smtp} inet n - n - - smtpd
127.0.0.1:${verifying} inet n - n - - smtpd
  -o { smtpd_recipient_restrictions = reject_unverified_recipient, permit_mynetworks, reject }
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`
}
