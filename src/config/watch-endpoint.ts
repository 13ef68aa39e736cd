/** The key `metrics` of lmtp-gate.yaml: where the gate can be watched, and from where. */
import { isIP } from 'node:net'
import type { WatchEndpoint } from '../watch/endpoint.ts'
import { loopback, Trust } from '../trust.ts'
import type { Section } from './settings.ts'
import { endpoint, network } from './values.ts'
import type { Read, Reader } from './values.ts'

/** `inet:127.0.0.1:9124`: from this machine alone. */
export const watchEndpoint: Reader<WatchEndpoint> = text => read(text, undefined)

/** `{ endpoint: inet:192.0.2.1:9124, trust: [192.0.2.10] }` */
export function watchedFrom(section: Section): WatchEndpoint | undefined {
  const trust = section.several('trust', network)
  return section.needed('endpoint', text => read(text, trust))
}

/** Nobody shows the world his metrics unless he says to whom. */
function read(text: string, trust: readonly string[] | undefined): Read<WatchEndpoint> {
  const found = endpoint(text)
  if ('wrong' in found) return found
  const { value } = found
  if (value.kind === 'unix') return { wrong: 'metrics are asked for by TCP', mend: 'write inet:127.0.0.1:9124' }
  if (trust === undefined && !isLoopback(value.host))
    return {
      wrong: `${value.host} can be reached from outside, and nobody is named who may ask there`,
      mend: `write { endpoint: ${text}, trust: [192.0.2.10] } with the addresses or networks that may`,
    }
  return { value: { host: value.host, port: value.port, trust: trust ?? loopback } }
}

function isLoopback(host: string): boolean {
  return isIP(host) === 0 ? host === 'localhost' : new Trust(loopback).has(host)
}
