/** A real clamd with a signature file of its own, which knows EICAR alone, wherever in a file it stands. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ScannerDaemon } from './scanner-daemon.ts'
import { freePort } from '../../support/free-port.ts'
import type { Site } from './site.ts'

/** In two parts, or scanners would find it in this file. */
export const eicar = 'X5O!P%@AP[4\\PZX54(P^)7CC)7}$' + 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'
/** As clamd names what its own signatures find. */
export const eicarName = 'Eicar-Test.UNOFFICIAL'

/** More lines for clamd.conf, which win over ours. */
export async function startClamd(site: Site, options: Readonly<Record<string, string>> = {}): Promise<ScannerDaemon> {
  const port = await freePort()
  const folder = site.folder(`clamd-${port}`)
  const database = join(folder, 'database')
  mkdirSync(database)
  writeFileSync(join(database, 'test.ndb'), `Eicar-Test:0:*:${Buffer.from(eicar).toString('hex')}\n`)
  const settings = {
    Foreground: 'yes',
    TCPSocket: String(port),
    TCPAddr: '127.0.0.1',
    DatabaseDirectory: database,
    TemporaryDirectory: folder,
    LogFile: join(folder, 'clamd.log'),
    LogClean: 'yes',
    AlertExceedsMax: 'yes',
    AlertEncryptedArchive: 'yes',
    MaxThreads: '4',
    ConcurrentDatabaseReload: 'no',
    ...options,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`)
  const file = join(folder, 'clamd.conf')
  writeFileSync(file, lines.join(''))
  const command = ['clamd', `--config-file=${file}`]
  const daemon = new ScannerDaemon(port, command, join(folder, 'output.log'), settings.LogFile)
  await daemon.start()
  return site.add(daemon)
}

/** The scans that clamd tells of in its own log, one line each. */
export function scansOf(clamd: ScannerDaemon): readonly string[] {
  return clamd.logged(/^instream\(/)
}

/** `content` in a zip in a zip …, `depth` of them; with a password the innermost is encrypted. Needs the program zip. */
export function zipped(content: string | Uint8Array, depth = 1, password?: string): Buffer {
  const folder = execFileSync('mktemp', ['-d']).toString().trim()
  try {
    let name = 'test.com'
    writeFileSync(join(folder, name), content)
    for (let i = 0; i < depth; i += 1) {
      const secret = password === undefined || i > 0 ? [] : ['-P', password]
      execFileSync('zip', ['-q', ...secret, `${i}.zip`, name], { cwd: folder })
      name = `${i}.zip`
    }
    return execFileSync('cat', [join(folder, name)], { maxBuffer: 1e9 })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A message with one attachment, in base64. */
export function withAttachment(subject: string, name: string, content: Uint8Array): Buffer {
  const lines =
    Buffer.from(content)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  const text = [
    'From: ann@sender.test',
    'To: undisclosed-recipients:;',
    `Subject: ${subject}`,
    'Date: Sun, 22 Nov 2026 10:00:00 +0000',
    `Message-ID: <${subject}@sender.test>`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'See there.',
    '--b',
    `Content-Type: application/octet-stream; name="${name}"`,
    `Content-Disposition: attachment; filename="${name}"`,
    'Content-Transfer-Encoding: base64',
    '',
    ...lines,
    '--b--',
    '',
  ]
  return Buffer.from(text.join('\r\n'), 'latin1')
}
