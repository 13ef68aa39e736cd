/** The command line, as a process of its own. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../support/free-port.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const node = [process.execPath, '--import', import.meta.resolve('tsx')] as const

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gate-main-'))
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules/default.yaml'), 'size: { max: 50MB }\n')
})
afterEach(() => rmSync(folder, { recursive: true }))

type Ended = { readonly code: number; readonly out: string; readonly err: string }

function run(...args: readonly string[]): Promise<Ended> {
  const [program, ...options] = node
  return new Promise(resolve => {
    execFile(program, [...options, main, ...args], { cwd: folder }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err })
    })
  })
}

/** Something that nobody catches. */
const bugOnSignal = `data:text/javascript,${encodeURIComponent(
  "process.on('SIGUSR2', () => { throw new Error('so\\nwrong') }); process.on('SIGURG', () => { Promise.reject(new Error('too')) })",
)}`

/** Runs `serve` until its log says `text`, sends the signals, and waits for the end. */
function serve(text: string, ...signals: readonly NodeJS.Signals[]): Promise<Ended> {
  return serveStepwise([text, child => signals.forEach(signal => child.kill(signal))])
}

/** When the log says a step's text, after all that earlier steps waited for, the step is taken. */
async function serveStepwise(...steps: readonly (readonly [string, (child: ChildProcess) => void])[]): Promise<Ended> {
  const [program, ...options] = [...node, '--import', bugOnSignal]
  const child = spawn(program, [...options, main, 'serve'], { cwd: folder })
  const waiting = [...steps]
  let seen = 0
  let out = ''
  let err = ''
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString()
    for (let step = waiting[0]; step !== undefined && out.includes(step[0], seen); step = waiting[0]) {
      seen = out.indexOf(step[0], seen) + step[0].length
      waiting.shift()
      step[1](child)
    }
  })
  child.stderr.on('data', (data: Buffer) => (err += data.toString()))
  const code = await new Promise<number>(resolve => child.once('close', ended => resolve(ended ?? -1)))
  return { code, out, err }
}

describe('the command line', () => {
  it('explains itself, and tells wrong use by exit code 2', async () => {
    const [help, serveHelp, wrong, nothing] = await Promise.all([
      run('--help'),
      run('serve', '--help'),
      run('srve'),
      run(),
    ])
    assert.equal(help.code, 0)
    for (const command of ['serve', 'check', 'demo']) assert.match(help.out, new RegExp(`^  ${command} `, 'm'))
    assert.equal(serveHelp.code, 0)
    assert.match(serveHelp.out, /Examples:/)
    assert.equal(wrong.code, 2)
    assert.match(wrong.err, /unknown command 'srve'/)
    assert.equal(nothing.code, 2)
  })

  it('names file, line and key of what is wrong in the configuration', async () => {
    writeFileSync(join(folder, 'lmtp-gate.yaml'), 'name: mail\nlsten: inet:127.0.0.1:2424\n')
    for (const ended of await Promise.all([run('serve'), run('check')])) {
      assert.equal(ended.code, 1)
      assert.match(
        ended.out + ended.err,
        /lmtp-gate\.yaml:2:1: error: unknown key "lsten" .*\n.*\n.* did you mean "listen"\?/,
      )
    }
  })

  it('does not start with a broken policy file, or none', async () => {
    writeFileSync(join(folder, 'lmtp-gate.yaml'), 'listen: inet:127.0.0.1:1\n')
    writeFileSync(join(folder, 'rules/default.yaml'), 'size: { max: huge }\n')
    const broken = await run('serve')
    assert.equal(broken.code, 1)
    assert.match(broken.err, /default\.yaml:1:14: error:/)
    rmSync(join(folder, 'rules'), { recursive: true })
    const missing = await run('serve')
    assert.equal(missing.code, 1)
    assert.match(missing.err, /rules: error: .*cannot be read/)
  })

  it('checks policy files, with warnings as errors if asked', async () => {
    const fine = await run('check')
    assert.deepEqual([fine.code, fine.out], [0, '1 file: no errors, no warnings.\n'])
    writeFileSync(join(folder, 'rules/default.yaml'), 'rules:\n  - { then: defer }\n')
    const [plain, strict, json] = await Promise.all([run('check'), run('check', '--strict'), run('check', '--json')])
    assert.deepEqual([plain.code, strict.code, json.code], [0, 1, 0])
    const told = JSON.parse(json.out) as { problems: { severity: string }[]; summary: string }
    assert.deepEqual(
      told.problems.map(({ severity }) => severity),
      ['warning'],
    )
  })
})

describe('serve', () => {
  it('logs its start, and ends by SIGTERM with 0', async () => {
    const [own, next] = [await freePort(), await freePort()]
    writeFileSync(join(folder, 'lmtp-gate.yaml'), `listen: inet:127.0.0.1:${own}\nnext_hop: inet:127.0.0.1:${next}\n`)
    const { code, out, err } = await serve(': start: ', 'SIGTERM')
    assert.equal(err, '')
    assert.equal(code, 0)
    assert.match(out, /^\w{3} [ \d]\d [\d:]{8} \S+ lmtp-gate\[\d+\]: warning: next hop down: endpoint=inet:127/)
    assert.match(out, /: start: version=[\d.]+, configuration=\S+lmtp-gate\.yaml, rules=\S+rules, listen=inet:127/)
    assert.match(out, /: stopping, running transactions finish: signal=SIGTERM\n.*: stop\n$/)
  })

  it('lets itself be watched', async () => {
    const [own, next, watch] = [await freePort(), await freePort(), await freePort()]
    const listen = `listen: inet:127.0.0.1:${own}\nnext_hop: inet:127.0.0.1:${next}\n`
    writeFileSync(join(folder, 'lmtp-gate.yaml'), `${listen}metrics: inet:127.0.0.1:${watch}\n`)
    const answers: string[] = []
    const { code } = await serveStepwise([
      ': start: ',
      child => {
        const ask = async (path: string): Promise<void> => {
          const response = await fetch(`http://127.0.0.1:${watch}${path}`)
          answers.push(`${response.status} ${await response.text()}`)
        }
        void ask('/healthz')
          .then(() => ask('/readyz'))
          .then(() => ask('/metrics'))
          .finally(() => child.kill('SIGTERM'))
      },
    ])
    assert.equal(code, 0)
    assert.deepEqual(answers.slice(0, 2), ['200 alive\n', '503 the next hop cannot be reached\n'])
    assert.match(answers[2] ?? '', /^lmtp_gate_events_total{level="info",event="start"} 1$/m)
  })

  it('ends with 1 when it cannot be watched where it should', async () => {
    const taken = createServer()
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    writeFileSync(
      join(folder, 'lmtp-gate.yaml'),
      `listen: inet:127.0.0.1:${await freePort()}\nmetrics: inet:127.0.0.1:${port}\n`,
    )
    const { code, out } = await run('serve')
    taken.close()
    assert.equal(code, 1)
    assert.match(out, /: error: cannot start: cause="listen EADDRINUSE/)
  })

  it('says which key names a folder that cannot be', async () => {
    // Where Node's own recursive mkdir would try for ever.
    const ports = `listen: inet:127.0.0.1:${await freePort()}\nnext_hop: inet:127.0.0.1:${await freePort()}\n`
    const folders = ['quarantine: /proc/lmtp-gate/a', 'spool: { folder: /proc/lmtp-gate/a }']
    for (const line of folders) {
      writeFileSync(join(folder, 'lmtp-gate.yaml'), `${ports}${line}\n`)
      const { code, out } = await run('serve')
      assert.equal(code, 1)
      const key = /\w+/.exec(line)?.[0] ?? ''
      const cause = `the folder of ${key} cannot be used: (?:ENOENT|EACCES): .*'/proc/lmtp-gate'`
      assert.match(out, new RegExp(`: error: cannot start: cause="${cause}`))
    }
    writeFileSync(join(folder, 'lmtp-gate.yaml'), `${ports}decisions: /proc/lmtp-gate/a\n`)
    const { code, out } = await serve(': start: ', 'SIGTERM')
    assert.equal(code, 0)
    assert.match(out, /: warning: decisions not written down: cause="the folder of decisions cannot be used: E/)
  })

  it('makes changes of policy files count, and looks at once on SIGHUP', async () => {
    const [own, next] = [await freePort(), await freePort()]
    writeFileSync(join(folder, 'lmtp-gate.yaml'), `listen: inet:127.0.0.1:${own}\nnext_hop: inet:127.0.0.1:${next}\n`)
    const file = join(folder, 'rules/default.yaml')
    const { code, out, err } = await serveStepwise(
      [': start: ', () => writeFileSync(file, 'size: { max: huge }\n')],
      ['until_mended=', () => writeFileSync(file, 'size: { max: 60MB }\n')],
      ['policy file mended', child => child.kill('SIGHUP')],
      ['policies reloaded: changes=0', child => child.kill('SIGTERM')],
    )
    assert.equal(err, '')
    assert.equal(code, 0)
    assert.match(
      out,
      /: error: broken policy file: problem="rules\/default\.yaml:1:14: .*", until_mended="the last good/,
    )
    assert.match(out, /: policies reloaded: changes=0, files=1, broken=0\n/)
  })

  it('without a configuration keeps mail in a store of its own, and says that this is for trying out', async t => {
    // Ctrl-C reaches us twice when npm runs us: from the terminal and from npm.
    const { code, out, err } = await serve('for trying out', 'SIGINT', 'SIGINT')
    if (out.includes('EADDRINUSE')) {
      t.skip('somebody else listens at the usual port')
      return
    }
    assert.equal(err, '')
    assert.equal(code, 0)
    assert.match(out, /: next hop up: /)
    assert.match(out, /: start: .*configuration=none.*, listen=inet:127\.0\.0\.1:2424, next_hop="embedded store"/)
    assert.match(out, /: warning: the scanner is built in, for trying out: it knows .* EICAR and GTUBE alone/)
    assert.match(out, /: warning: no lmtp-gate.yaml was found: this is for trying out, .*folder=\S+var\/mail/)
  })

  for (const [signal, message] of [
    ['SIGUSR2', 'so\\x0awrong'],
    ['SIGURG', 'too'],
  ] as const) {
    it(`logs a bug that nobody caught and ends with 1 (${signal})`, async () => {
      const [own, next] = [await freePort(), await freePort()]
      writeFileSync(join(folder, 'lmtp-gate.yaml'), `listen: inet:127.0.0.1:${own}\nnext_hop: inet:127.0.0.1:${next}\n`)
      const { code, out } = await serve(': start: ', signal)
      assert.equal(code, 1)
      assert.ok(
        out.split('\n').some(line => line.includes(`: error: bug: error="Error: ${message}`)),
        out,
      )
    })
  }

  it('ends with 1 when it cannot listen', async () => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    writeFileSync(
      join(folder, 'lmtp-gate.yaml'),
      `listen: inet:127.0.0.1:${port}\nnext_hop: inet:127.0.0.1:${await freePort()}\n`,
    )
    const { code, out } = await run('serve')
    server.close()
    assert.equal(code, 1)
    assert.match(out, /: error: cannot start: cause="listen EADDRINUSE/)
  })
})
