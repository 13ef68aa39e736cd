import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, it } from 'node:test'
import { openWatch } from '../../../src/watch/endpoint.ts'
import type { Watched } from '../../../src/watch/endpoint.ts'
import { loopback } from '../../../src/trust.ts'
import { cleanUp, later } from '../../support/cleanup.ts'
import { patiently } from '../../support/turns.ts'

afterEach(cleanUp)

type Setting = { readonly port: number; readonly errors: unknown[] }

async function setting(watched: Partial<Watched> = {}, trust = loopback): Promise<Setting> {
  const errors: unknown[] = []
  const watch = await openWatch(
    { host: '127.0.0.1', port: 0, trust },
    {
      metrics: () => Promise.resolve('a_total 1\n'),
      hindrance: () => Promise.resolve(undefined),
      onError: error => errors.push(error),
      ...watched,
    },
  )
  later(() => watch.close())
  return { port: watch.port, errors }
}

type Answer = { readonly status: number | undefined; readonly type: string | undefined; readonly body: string }

function ask(port: number, path: string, method = 'GET', body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method }, response => {
      let got = ''
      response.setEncoding('latin1').on('data', (text: string) => (got += text))
      response.on('end', () => {
        resolve({ status: response.statusCode, type: response.headers['content-type'], body: got })
      })
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

/** Says the octets and gives all that comes until the other side ends. */
function raw(port: number, octets: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  later(() => void socket.destroy())
  let got = ''
  socket.setEncoding('latin1').on('data', (text: string) => (got += text))
  socket.on('error', () => undefined)
  socket.write(octets, 'latin1')
  const closed = new Promise<string>(resolve => socket.once('close', () => resolve(got)))
  return patiently(closed, () => `the connection stays open: ${got}`)
}

describe('who watches the gate', () => {
  it('gets metrics, and whether it lives and is ready', async () => {
    let hindrance: string | undefined = undefined
    const { port } = await setting({ hindrance: () => Promise.resolve(hindrance) })
    assert.deepEqual(await ask(port, '/metrics'), {
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: 'a_total 1\n',
    })
    assert.deepEqual(await ask(port, '/healthz?x'), {
      status: 200,
      type: 'text/plain; charset=utf-8',
      body: 'alive\n',
    })
    assert.equal((await ask(port, '/readyz')).body, 'ready\n')
    hindrance = 'the next hop cannot be reached'
    const { status, body } = await ask(port, '/readyz')
    assert.deepEqual([status, body], [503, 'the next hop cannot be reached\n'])
    assert.deepEqual((await ask(port, '/metrics', 'HEAD')).body, '')
  })

  it('gets nothing else', async () => {
    const { port } = await setting()
    for (const path of ['/', '/metrics/', '/Metrics', '//metrics', '/../metrics', '/favicon.ico'])
      assert.equal((await ask(port, path)).status, 404, path)
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'])
      assert.equal((await ask(port, '/metrics', method)).status, 405, method)
    assert.equal((await ask(port, '/metrics', 'POST', 'body')).status, 405)
  })

  it('is told no if his address is not named', async () => {
    const { port } = await setting({}, ['192.0.2.0/24'])
    const { status, body } = await ask(port, '/metrics')
    assert.deepEqual([status, body], [403, 'Your address may not ask here\n'])
  })

  it('is told of a bug in what he asks for, and the gate lives on', async () => {
    const { port, errors } = await setting({ metrics: () => Promise.reject(new Error('bug')) })
    assert.equal((await ask(port, '/metrics')).status, 500)
    assert.equal(errors.length, 1)
    assert.equal((await ask(port, '/healthz')).status, 200)
  })

  const hostile: readonly (readonly [string, string, RegExp])[] = [
    ['garbage', '\x00\xff\x16\x03\x01garbage\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a header without end', `GET /metrics HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, /^HTTP\/1\.1 431 /],
    ['many headers', `GET / HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(5000)}\r\n`, /^HTTP\/1\.1 431 /],
    ['two lengths', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx', /^HTTP\/1\.1 400 /],
    ['no host', 'GET /metrics HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'a body that does not end',
      'GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nx',
      /^HTTP\/1\.1 200 [^]*a_total 1\n$/,
    ],
    [
      'an upgrade',
      'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      /^HTTP\/1\.1 200 /,
    ],
    ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', /^$/],
    ['two requests at once', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2), /^HTTP\/1\.1 200 [^]*alive\n$/],
    ['LMTP', 'LHLO me\r\nMAIL FROM:<>\r\n', /^HTTP\/1\.1 400 /],
  ]
  for (const [what, octets, answer] of hostile) {
    it(`may send ${what}`, async () => {
      const { port, errors } = await setting()
      assert.match(await raw(port, octets), answer)
      assert.equal((await ask(port, '/healthz')).status, 200)
      assert.deepEqual(errors, [])
    })
  }

  it('may leave at any moment', async () => {
    let answered: () => void = () => undefined
    const { port, errors } = await setting({
      metrics: () => new Promise(resolve => (answered = () => resolve('x'.repeat(1_000_000)))),
    })
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
    const asked = new Promise<void>(resolve => socket.once('connect', () => resolve()))
    await asked
    socket.resetAndDestroy()
    answered()
    assert.equal((await ask(port, '/healthz')).status, 200)
    assert.deepEqual(errors, [])
  })

  it('cannot keep it from ending', async () => {
    const watch = await openWatch(
      { host: '127.0.0.1', port: 0, trust: loopback },
      {
        metrics: () => new Promise(() => undefined),
        hindrance: () => Promise.resolve(undefined),
        onError: () => undefined,
      },
    )
    const idle = raw(watch.port, '')
    const waiting = raw(watch.port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
    await ask(watch.port, '/healthz')
    await watch.close()
    await Promise.all([idle, waiting])
  })
})
