/** The keys `quarantine`, `spool` and `decisions` of lmtp-gate.yaml: where the gate writes what, and how much. Relative folders count from `base`. */
import { resolve } from 'node:path'
import type { Section } from './settings.ts'
import { folder, size } from './values.ts'
import type { Reader } from './values.ts'

/** `size` in octets: of everything in it. */
export type SizedFolder = { readonly folder: string; readonly size: number }

/** In octets. `memory`: of one message; `total`: of all messages in memory. */
export type SpoolConfig = { readonly folder: string; readonly memory: number; readonly total: number }

/** One value, or a section that says more. */
type OneOr<T> = readonly [Reader<T>, (section: Section) => T]

const MB = 1024 * 1024

export function quarantineIn(base: string): OneOr<SizedFolder> {
  return sizedFolder({ folder: resolve(base, 'var/quarantine'), size: 10 * 1024 * MB }, 1024 * 1024 * 1024 * MB, base)
}

export function decisionsIn(base: string): OneOr<SizedFolder | 'off'> {
  const usual = { folder: resolve(base, 'var/decisions'), size: 100 * MB }
  const [short, long] = sizedFolder(usual, 1024 * 1024 * MB, base)
  return [text => (text === 'off' ? { value: 'off' } : short(text)), long]
}

/** `quarantine: /var/lib/lmtp-gate/quarantine` says the folder alone. */
function sizedFolder(usual: SizedFolder, largest: number, base: string): OneOr<SizedFolder> {
  const read = folder(base)
  return [
    text => {
      const found = read(text)
      return 'wrong' in found ? found : { value: { ...usual, folder: found.value } }
    },
    section => ({
      folder: section.one('folder', read) ?? usual.folder,
      size: section.one('size', size(MB, largest)) ?? usual.size,
    }),
  ]
}

export function spoolIn(base: string): (spool: Section) => SpoolConfig {
  return spool => {
    const memory = spool.one('memory', size(16 * 1024, 1024 * MB)) ?? MB
    const total = spool.one('total', size(memory, 1024 * 1024 * MB)) ?? Math.max(128 * MB, memory)
    return { folder: spool.one('folder', folder(base)) ?? resolve(base, 'var/spool'), memory, total }
  }
}
