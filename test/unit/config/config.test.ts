import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { workersFor } from '../../../src/config/workers.ts'
import { findConfig, loadConfig } from '../../../src/config/config.ts'
import type { Config } from '../../../src/config/config.ts'
import { formatProblem } from '../../../src/decide/problem.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gate-config-'))
  file = join(folder, 'lmtp-gate.yaml')
})
afterEach(() => rmSync(folder, { recursive: true }))

function config(text: string): Config {
  writeFileSync(file, text)
  const loaded = loadConfig(file, folder)
  if ('problems' in loaded) assert.fail(loaded.problems.map(formatProblem).join('\n'))
  return loaded.config
}

/** Each problem as `line:column code message | mend`. */
function problems(text: string | Buffer): string[] {
  writeFileSync(file, text)
  const loaded = loadConfig(file, folder)
  if ('config' in loaded) return []
  return loaded.problems.map(
    ({ line, column, code, message, mend }) => `${line}:${column} ${code} ${message} | ${mend ?? ''}`,
  )
}

const MB = 1024 * 1024

describe('lmtp-gate.yaml', () => {
  it('may be empty: every key has a default', () => {
    assert.deepEqual(
      { ...config('# nothing yet\n'), name: '' },
      {
        file,
        listen: [{ kind: 'inet', host: '127.0.0.1', port: 2424 }],
        trust: ['127.0.0.0/8', '::1/128'],
        name: '',
        recipientDelimiter: '+',
        nextHop: { kind: 'endpoints', endpoints: [{ kind: 'unix', path: '/run/dovecot/lmtp' }] },
        nextHopConnections: 50,
        rules: join(folder, 'rules'),
        quarantine: { folder: join(folder, 'var/quarantine'), size: 10 * 1024 * MB },
        scanners: { virus: undefined, spam: undefined },
        trustAuthserv: [],
        spool: { folder: join(folder, 'var/spool'), memory: MB, total: 128 * MB },
        strayNewlines: 'normalize',
        limits: { message: 100 * MB, recipients: 1000, sessions: 500, deadline: 240_000 },
        workers: workersFor(availableParallelism()),
        metrics: undefined,
        log: { format: 'text' },
        decisions: { folder: join(folder, 'var/decisions'), size: 100 * MB },
      },
    )
  })

  it('takes decisions down in the folder it names, or not at all', () => {
    assert.deepEqual(config('decisions: d').decisions, { folder: join(folder, 'd'), size: 100 * MB })
    assert.equal(config('decisions: off').decisions, 'off')
    assert.match(problems('decisions: { size: 5K }').join(), /this is too little \| write at least 1MB/)
  })

  it('sets what it says, relative to itself', () => {
    const text = `
listen:
  - inet:[::1]:2425
  - { endpoint: unix:/run/lmtp-gate/lmtp.sock, mode: 0666 }
  - unix:/run/other
  - { endpoint: inet:192.0.2.1:2424, proxy_protocol: [192.0.2.10, 192.0.2.64/28] }
trust: 10.0.0.0/8
name: mail.example.org
recipient_delimiter: "+-"
next_hop: [unix:/run/dovecot/lmtp, inet:mail.example.org:24]
next_hop_connections: 7
rules: /etc/lmtp-gate/rules
quarantine: ../q
scanners: { clamd: [unix:/run/clamd, inet:av:3310], rspamd: { endpoint: "http://127.0.0.1:11333", limit: 2MB, timeout: 90s } }
trust_authserv: MX.example.org
spool: { folder: s, memory: 64K, total: 1G }
stray_newlines: reject
limits: { message: 50MB, recipients: 100, sessions: 9, deadline: 90s }
workers: 3
metrics: inet:[::1]:9124
log: { format: json }
decisions: { folder: d, size: 5MB }
`
    assert.deepEqual(config(text), {
      file,
      listen: [
        { kind: 'inet', host: '::1', port: 2425 },
        { kind: 'unix', path: '/run/lmtp-gate/lmtp.sock', mode: 0o666 },
        { kind: 'unix', path: '/run/other', mode: 0o660 },
        { kind: 'inet', host: '192.0.2.1', port: 2424, proxies: ['192.0.2.10', '192.0.2.64/28'] },
      ],
      trust: ['10.0.0.0/8'],
      name: 'mail.example.org',
      recipientDelimiter: '+-',
      nextHop: {
        kind: 'endpoints',
        endpoints: [
          { kind: 'unix', path: '/run/dovecot/lmtp' },
          { kind: 'inet', host: 'mail.example.org', port: 24 },
        ],
      },
      nextHopConnections: 7,
      rules: '/etc/lmtp-gate/rules',
      quarantine: { folder: join(folder, '../q'), size: 10 * 1024 * MB },
      scanners: {
        virus: {
          kind: 'clamd',
          endpoints: [
            { kind: 'unix', path: '/run/clamd' },
            { kind: 'inet', host: 'av', port: 3310 },
          ],
          limit: 25 * MB,
          timeout: 60_000,
        },
        spam: {
          kind: 'rspamd',
          endpoints: [{ kind: 'inet', host: '127.0.0.1', port: 11333 }],
          limit: 2 * MB,
          timeout: 90_000,
        },
      },
      trustAuthserv: ['mx.example.org'],
      spool: { folder: join(folder, 's'), memory: 65_536, total: 1024 * MB },
      strayNewlines: 'reject',
      limits: { message: 50 * MB, recipients: 100, sessions: 9, deadline: 90_000 },
      workers: 3,
      metrics: { host: '::1', port: 9124, trust: ['127.0.0.0/8', '::1/128'] },
      log: { format: 'json' },
      decisions: { folder: join(folder, 'd'), size: 5 * MB },
    })
  })

  it('takes the folder of the quarantine alone, or with a size', () => {
    const size = 10 * 1024 * MB
    assert.deepEqual(config('quarantine: q').quarantine, { folder: join(folder, 'q'), size })
    assert.deepEqual(config('quarantine: { folder: q }').quarantine, { folder: join(folder, 'q'), size })
    const usual = join(folder, 'var/quarantine')
    assert.deepEqual(config('quarantine: { size: 500MB }').quarantine, { folder: usual, size: 500 * MB })
  })

  it('shows metrics on loopback, and elsewhere to whom it names', () => {
    const own = ['127.0.0.0/8', '::1/128']
    assert.deepEqual(config('metrics: inet:127.1.2.3:1').metrics, { host: '127.1.2.3', port: 1, trust: own })
    assert.deepEqual(config('metrics: inet:localhost:1').metrics, { host: 'localhost', port: 1, trust: own })
    assert.deepEqual(config('metrics: { endpoint: inet:127.0.0.1:1 }').metrics?.trust, own)
    assert.deepEqual(config('metrics: { endpoint: "inet:[::]:1", trust: [192.0.2.0/24, ::1] }').metrics, {
      host: '::',
      port: 1,
      trust: ['192.0.2.0/24', '::1'],
    })
  })

  it('has one worker below four cores, and never more by itself than the limits can be shared among', () => {
    assert.deepEqual([1, 2, 3, 4, 5, 8, 15, 16, 128].map(workersFor), [1, 1, 1, 2, 2, 4, 7, 8, 8])
    assert.equal(config('workers: auto').workers, workersFor(availableParallelism()))
    assert.equal(config('workers: auto\nnext_hop_connections: 1').workers, 1)
    assert.equal(config('next_hop_connections: 1').workers, 1)
    assert.equal(config('workers: 64\nnext_hop_connections: 64').workers, 64)
  })

  it('changes no more', () => {
    const made = config('')
    assert.throws(() => Object.assign(made.limits, { message: 1 }), TypeError)
    assert.throws(() => Object.assign(made, { name: 'x' }), TypeError)
  })

  it('tells all that is wrong at once, each with its place and how to mend it', () => {
    const text = `listn: inet:127.0.0.1:2424
limits: { mesage: 1M, recipients: ten, deadline: 1h }
spool: fast
next_hop: 127.0.0.1:24
trust: [localhost, 10.1.2.3/8]
`
    assert.deepEqual(problems(text), [
      '1:1 unknown-key unknown key "listn" | did you mean "listen"?',
      '2:11 unknown-key unknown key "mesage" | did you mean "message"?',
      '2:35 wrong-value ten is no number | write one from 100 to 100000',
      '2:50 wrong-value this is too much | write at most 540s',
      '3:8 wrong-type "spool" has keys of its own | write spool: { key: value }',
      "4:11 wrong-value '127.0.0.1:24' does not say its kind | write inet:127.0.0.1:24",
      '5:9 wrong-value localhost is no network | write an address or a network, such as 127.0.0.0/8 or ::1',
      '5:20 wrong-value 10.1.2.3/8 has bits beyond its own /8 | write an address or a network, such as 127.0.0.0/8 or ::1',
    ])
  })

  it('shows the line, with a caret under the place', () => {
    writeFileSync(file, 'listen: inet:127.0.0.1:2424\nlog: { fromat: json }\n')
    const loaded = loadConfig(file, folder)
    assert.ok('problems' in loaded)
    assert.equal(
      loaded.problems.map(formatProblem).join('\n'),
      `${file}:2:8: error: unknown key "fromat" [unknown-key]\n` +
        '  2 | log: { fromat: json }\n' +
        '    |        ^^^^^^ did you mean "format"?',
    )
  })

  const wrong: readonly (readonly [string, RegExp])[] = [
    [
      'listen: inet:127.0.0.1:25',
      /^1:9 wrong-value LMTP must not be spoken on port 25 \(RFC 2033 §5\) \| take another/,
    ],
    ['listen: { endpoint: "inet:127.0.0.1:25" }', /port 25/],
    ['listen: { endpoint: "inet:127.0.0.1:26", mode: 0660 }', /only a Unix socket has a mode/],
    ['listen: { endpoint: unix:/x, mode: 999 }', /999 is no mode/],
    ['listen: { endpoint: unix:/x, proxy_protocol: 192.0.2.1 }', /a Unix socket has no addresses/],
    ['listen: { endpoint: "inet:127.0.0.1:26", proxy_protocol: true }', /true is no network/],
    ['listen: { endpoint: "inet:127.0.0.1:26", proxy_protocol: [] }', /the list is empty/],
    ['listen: { mode: 0660 }', /"endpoint" is missing/],
    ['listen: []', /the list is empty/],
    ['listen: [[inet:127.0.0.1:26]]', /a list cannot stand here/],
    ['listen: unix:relative', /absolute path/],
    ['name: "-x"', /no host name/],
    ['name: a\n b', /no host name/],
    ['recipient_delimiter: "@"', /cannot part a detail/],
    ['next_hop_connections: 0', /too little \| write at least 1/],
    ['next_hop: { example.org: unix:/x }', /next hops by domain are not known to this version yet/],
    [
      'listen: inet:127.0.0.1:26\nnext_hop: [unix:/x, inet:127.0.0.1:26]',
      /^2:21 wrong-value here the gate itself listens/,
    ],
    ['stray_newlines: normalise', /normalise is not known here \| write normalize or reject/],
    ['spool: { memory: 2G }', /too much \| write at most 1GB/],
    ['spool: { memory: 128MB, total: 64MB }', /too little \| write at least 128MB/],
    ['limits: { message: 1K }', /too little \| write at least 64KB/],
    ['limits: { message: 1 MB }', /1 MB is no size/],
    ['limits: { deadline: 4M }', /4M is no time/],
    ['quarantine: ""', /this is no folder/],
    ['quarantine: { folder: q, size: 1K }', /too little \| write at least 1MB/],
    ['quarantine: { folder: q, keep: 1d }', /unknown key "keep" \| known here: folder, size/],
    ['quarantine: [q]', /a list cannot stand here/],
    ['log: { format: xml }', /xml is not known here \| write text or json/],
    ['rules: ""', /this is no folder/],
    ['rules:', /has no value/],
    ['- listen', /keys on top/],
    [
      'scanners: { rspamd: http://h:1, spamd: inet:h:2 }',
      /contradiction two sources of the score: rspamd and spamd \| keep one of them/,
    ],
    ['scanners: { rspamd: inet:h:1 }', /'inet:h:1' is not where rspamd listens \| write http:/],
    [
      'scanners: { clamd: { limit: 1MB } }',
      /^1:20 missing-key "endpoint" is missing here \| write endpoint: and its value/,
    ],
    ['scanners: { header: { score: Subject } }', /X-Spam-Score/],
    [
      'spam: { junk: 6 }',
      /^1:1 misplaced "spam" has no place in lmtp-gate.yaml \| it stands in policy files, such as rules\/default.yaml/,
    ],
    ['bounce_guard: off', /^1:1 misplaced/],
    ['users: { keys: spam }', /^1:1 misplaced/],
    ['workers: 0', /^1:10 wrong-value this is too little \| write auto, or a number from 1 to 64/],
    ['workers: many', /many is no number \| write auto, or a number from 1 to 64/],
    ['workers: 65', /this is too much \| write auto/],
    [
      'workers: 8\nnext_hop_connections: 7',
      /^1:10 wrong-value 8 workers cannot share next_hop_connections: 7, each needs one \| write at most 7, or raise next_hop_connections/,
    ],
    [
      'limits: { sessions: 2 }\nworkers: 3',
      /^2:10 wrong-value 3 workers cannot share limits.sessions: 2, each needs one \| write at most 2, or raise/,
    ],
    [
      'workers: 3\nspool: { memory: 30MB, total: 64MB }',
      /^1:10 wrong-value 3 workers cannot share spool.total, each needs as much as spool.memory \| write at most 2, or raise/,
    ],
    [
      'workers: 9\nscanners: { clamd: unix:/x }',
      /^1:10 wrong-value 9 workers cannot share the 8 scans at a time, each needs one \| write at most 8$/,
    ],
    [
      'metrics: inet:0.0.0.0:9124',
      /^1:10 wrong-value 0\.0\.0\.0 can be reached from outside, .* \| write { endpoint: inet:0\.0\.0\.0:9124, trust: \[/,
    ],
    ['metrics: inet:[::ffff:192.0.2.1]:9124', /can be reached from outside/],
    ['metrics: inet:mail.example.org:9124', /can be reached from outside/],
    ['metrics: { endpoint: inet:192.0.2.1:9124 }', /^1:22 wrong-value 192.0.2.1 can be reached from outside/],
    ['metrics: { trust: [::1] }', /"endpoint" is missing/],
    ['metrics: {}', /"endpoint" is missing/],
    ['metrics: { endpoint: inet:127.0.0.1:1, trust: [] }', /the list is empty/],
    ['metrics: unix:/run/metrics', /asked for by TCP \| write inet:127/],
    ['metrics: 9124', /no endpoint/],
    ['metrics: [inet:127.0.0.1:1]', /a list cannot stand here/],
    ['trust_authserv: [x y]', /./],
    ['a: *b', /needs quotes/],
    ['name: x\nname: y', /twice/],
    ['log: {format:json}', /a blank belongs after the colon/],
  ]
  for (const [text, expected] of wrong) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      const [first = 'nothing', ...more] = problems(text)
      assert.match(first, expected)
      assert.deepEqual(more, [])
    })
  }

  it('must be readable', () => {
    assert.match(problems(Buffer.from([0x61, 0x3a, 0x20, 0xff]))[0] ?? '', /not UTF-8/)
    assert.match(problems(Buffer.alloc(300_000, '#'))[0] ?? '', /over 256 KB/)
    const loaded = loadConfig(join(folder, 'none.yaml'), folder)
    assert.match('problems' in loaded ? (loaded.problems[0]?.message ?? '') : '', /cannot be read: ENOENT/)
  })
})

describe('without a file', () => {
  it('the gate is tried out on loopback with a store of its own', () => {
    const loaded = loadConfig(undefined, folder)
    assert.ok('config' in loaded)
    assert.deepEqual(loaded.config.nextHop, { kind: 'store', folder: join(folder, 'var/mail') })
    assert.deepEqual(loaded.config.listen, [{ kind: 'inet', host: '127.0.0.1', port: 2424 }])
    assert.match(loaded.config.rules, /rules$/)
    assert.notEqual(loaded.config.rules, join(folder, 'rules'))
  })

  it('the rules beside us count, if there are any', () => {
    mkdirSync(join(folder, 'rules'))
    const loaded = loadConfig(undefined, folder)
    assert.equal('config' in loaded && loaded.config.rules, join(folder, 'rules'))
  })
})

describe('finding the file', () => {
  it('takes the one that is named, else the one beside us', () => {
    assert.equal(findConfig('other.yaml', folder), join(folder, 'other.yaml'))
    assert.notEqual(findConfig(undefined, folder), file)
    writeFileSync(file, '')
    assert.equal(findConfig(undefined, folder), file)
  })
})
