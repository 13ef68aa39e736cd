/** Endpoints in Postfix's notation, and what is said about those that are none. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { endpointText, parseEndpoint } from '../../../src/deliver/endpoint.ts'

describe('endpoint', () => {
  for (const text of ['inet:127.0.0.1:24', 'inet:mail.example.org:65535', 'inet:[::1]:2424', 'unix:/run/dovecot/lmtp'])
    it(`reads and writes ${text}`, () => {
      const endpoint = parseEndpoint(text)
      assert.ok(typeof endpoint === 'object')
      assert.equal(endpointText(endpoint), text)
    })

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['127.0.0.1:24', /write inet:127\.0\.0\.1:24/],
    ['/run/lmtp', /write unix:\/run\/lmtp/],
    ['lmtp', /inet:host:port or unix:\/path/],
    ['inet:24', /needs host and port/],
    ['inet:host:0', /1 to 65535/],
    ['inet:host:65536', /1 to 65535/],
    ['inet:::1:24', /brackets/],
    ['unix:lmtp', /absolute path/],
    [`unix:/${'x'.repeat(107)}`, /at most 107/],
    ['inet:a b:24', /needs host and port/],
  ]
  for (const [text, problem] of wrong)
    it(`says what is wrong with ${text.slice(0, 20)}`, () => {
      const result = parseEndpoint(text)
      assert.match(typeof result === 'string' ? result : '', problem)
    })
})
