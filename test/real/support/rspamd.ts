/** A real rspamd with rules of its own: what it was told comes back as symbols, and the subject gives the score. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ScannerDaemon } from './scanner-daemon.ts'
import { freePort } from '../../support/free-port.ts'
import type { Site } from './site.ts'

/**
 * `SEEN_FROM_…`, `SEEN_RCPT_…` and so on; a subject `score 6.5` scores 6.5 under the name TEST_SCORE; `settings_id` strict doubles that.
 * `options` stand in its configuration, `moreRules` (Lua) after ours. `names`: port of a name service; with one it looks at SPF, of clients on
 * loopback, too.
 */
export async function startRspamd(site: Site, options = '', moreRules = '', names?: number): Promise<ScannerDaemon> {
  const port = await freePort()
  const folder = site.folder(`rspamd-${port}`)
  writeFileSync(join(folder, 'test.lua'), rules + moreRules)
  const file = join(folder, 'rspamd.conf')
  writeFileSync(file, configuration(folder, port, options, names))
  const command = ['rspamd', '-f', '-i', '-u', 'root', '-g', 'root', '-c', file]
  const daemon = new ScannerDaemon(port, command, join(folder, 'output.log'))
  await daemon.start()
  return site.add(daemon)
}

/** Without a name service it asks a port where nobody is. */
function configuration(folder: string, port: number, options: string, names = 1): string {
  const plugins = names === 1 ? ['settings'] : ['settings', 'spf']
  return `
options {
  pidfile = "${folder}/pid";
  tempdir = "${folder}";
  filters = "";
  disable_hyperscan = true;
  dns { nameserver = ["127.0.0.1:${names}:1"]; timeout = 0.1s; retransmits = 1; }
  ${options}
}
logging { type = "console"; level = "info"; }
worker "normal" { bind_socket = "127.0.0.1:${port}"; count = 2; }
metric "default" {
  actions { reject = 15; add_header = 6; greylist = 4; }
  symbol "TEST_SCORE" { score = 1.0; }
}
settings {
  strict { id = "strict"; apply { scores { TEST_SCORE = 2.0; } } }
}
modules { ${plugins.map(name => `path = "/usr/share/rspamd/plugins/${name}.lua";`).join(' ')} }
spf { check_local = true; }
lua = "${folder}/test.lua";
`
}

/** The scans of one message that rspamd tells of in its own log, one line each. */
export function rspamdScans(rspamd: ScannerDaemon, messageId: string): readonly string[] {
  return rspamd.logged(/rspamd_task_write_log: /).filter(line => line.includes(`id: <${messageId}>`))
}

const rules = `
local function seen(task, what, value)
  task:insert_result(true, 'SEEN_' .. what .. '_' .. tostring(value), 0.0)
end
rspamd_config:register_symbol({
  name = 'TEST_SEEN',
  type = 'normal',
  callback = function(task)
    local from = (task:get_from('smtp') or {})[1] or {}
    seen(task, 'FROM', from.addr or 'nobody')
    for _, rcpt in ipairs(task:get_recipients('smtp') or {}) do seen(task, 'RCPT', rcpt.addr) end
    seen(task, 'IP', task:get_from_ip())
    seen(task, 'HELO', task:get_helo())
    seen(task, 'HOSTNAME', task:get_hostname())
    seen(task, 'QUEUE', task:get_queue_id())
  end
})
rspamd_config:register_symbol({
  name = 'TEST_SCORE',
  type = 'normal',
  callback = function(task)
    local score = (task:get_subject() or ''):match('score (%-?[%d.]+)')
    if score then task:insert_result('TEST_SCORE', tonumber(score)) end
  end
})
`
