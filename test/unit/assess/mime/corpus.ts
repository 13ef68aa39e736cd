/** The messages in test/messages/mime, each with the facts that are expected of it beside it. */
import { readFileSync, readdirSync } from 'node:fs'
import type { Structure } from '../../../../src/decide/facts.ts'
import { usualLimits, type Limits } from '../../../../src/assess/mime/limits.ts'
import { StructureReader } from '../../../../src/assess/mime/structure-reader.ts'

const folder = new URL('../../../messages/mime/', import.meta.url)

export type Sample = { readonly name: string; readonly message: Buffer; readonly expected: unknown }

/** Lines in the files end in LF; in the message, in CRLF, as the spool has it. */
export const samples: readonly Sample[] = readdirSync(folder)
  .filter(file => file.endsWith('.eml'))
  .sort()
  .map(file => ({
    name: file.slice(0, -4),
    message: crlf(readFileSync(new URL(file, folder), 'latin1')),
    expected: JSON.parse(readFileSync(new URL(file.replace(/eml$/, 'json'), folder), 'utf8')) as unknown,
  }))

/** Latin1, lines as in the files. */
export function crlf(text: string): Buffer {
  return Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1')
}

/** Reads in pieces of `size` octets. */
export async function structureOf(message: Buffer, size = 65_536, limits: Partial<Limits> = {}): Promise<Structure> {
  const reader = new StructureReader({ ...usualLimits, ...limits }, message.length)
  for (let at = 0; at < message.length; at += size) await reader.write(message.subarray(at, at + size))
  return reader.end()
}

/** No further than until nothing is left to learn. */
export async function structureOfBeginning(message: Buffer, size: number): Promise<Structure> {
  const reader = new StructureReader(usualLimits, message.length)
  for (let at = 0; at < message.length && !reader.isDone; at += size)
    await reader.write(message.subarray(at, at + size))
  return reader.end()
}

/** As it stands in a file: without what is undefined. */
export function plain(structure: Structure): unknown {
  return JSON.parse(JSON.stringify(structure))
}
