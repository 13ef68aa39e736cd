import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isRegistry } from '../../../src/decide/registry.ts'

describe('a domain of a registry', () => {
  for (const domain of [
    'com',
    'uk',
    'xn--p1ai',
    'co.uk',
    'com.au',
    'or.jp',
    'gv.at',
    'gob.es',
    'nom.br',
    'github.io',
    '',
  ])
    it(`is ${domain === '' ? 'what has no name' : domain}`, () => assert.ok(isRegistry(domain)))

  for (const domain of [
    'example.com',
    'co.example',
    'com.example',
    'bbc.uk',
    'web.example.de',
    'a.co.uk',
    'example.co',
    'org.com',
  ])
    it(`is not ${domain}`, () => assert.ok(!isRegistry(domain)))
})
