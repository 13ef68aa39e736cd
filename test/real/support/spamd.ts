/** A real spamd without name service and with rules of its own: GTUBE, and a subject that says `spam`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ScannerDaemon } from './scanner-daemon.ts'
import { freePort } from '../../support/free-port.ts'
import type { Site } from './site.ts'

/** In two parts, or scanners would find it in this file. */
export const gtube = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*' + 'GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'

/** A subject with `spam` in it scores 6.5 (TEST_SUBJECT), for the user `strict` 9. GTUBE scores 1000 (TEST_GTUBE). */
export async function startSpamd(site: Site): Promise<ScannerDaemon> {
  const port = await freePort()
  const folder = site.folder(`spamd-${port}`)
  const rules = join(folder, 'rules')
  const users = join(folder, 'users', 'strict')
  mkdirSync(rules)
  mkdirSync(users, { recursive: true })
  writeFileSync(join(rules, 'test.pre'), 'loadplugin Mail::SpamAssassin::Plugin::Check\n')
  writeFileSync(join(rules, 'test.cf'), configuration)
  writeFileSync(join(users, 'user_prefs'), 'score TEST_SUBJECT 9\n')
  const command = [
    'spamd',
    '-x',
    '-L',
    '-4',
    `--configpath=${rules}`,
    `--siteconfigpath=${rules}`,
    `--virtual-config-dir=${folder}/users/%u`,
    `--listen=127.0.0.1:${port}`,
    `--helper-home-dir=${folder}`,
    '--max-children=4',
    '--syslog=stderr',
    '--username=nobody',
  ]
  const daemon = new ScannerDaemon(port, command, join(folder, 'output.log'))
  await daemon.start()
  return site.add(daemon)
}

/** The scans of one message that spamd tells of in its own log, one line each. */
export function spamdScans(spamd: ScannerDaemon, messageId: string): readonly string[] {
  return spamd.logged(/ spamd: result: /).filter(line => line.includes(`mid=<${messageId}>`))
}

const configuration = `
util_rb_tld test example
header TEST_SUBJECT Subject =~ /spam/
score TEST_SUBJECT 6.5
body TEST_GTUBE /${gtube.replace(/[*.]/g, '\\$&')}/
score TEST_GTUBE 1000
`
