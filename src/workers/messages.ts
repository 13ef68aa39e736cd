/** What the first process and its workers tell each other. */
import type { Config } from '../config/config.ts'
import type { Family } from '../watch/metrics/family.ts'
import type { Share } from './share.ts'

export type ToWorker =
  /** Comes first. `hasHead`: log lines begin with time, host and program. */
  | { readonly kind: 'start'; readonly config: Config; readonly share: Share; readonly hasHead: boolean }
  /** The socket comes with it. `endpoint`: which one of `listen` it was taken at. */
  | { readonly kind: 'connection'; readonly id: number; readonly endpoint: number }
  | { readonly kind: 'ask'; readonly id: number; readonly about: Question }
  | { readonly kind: 'reload' }
  /** Finish what is under way, and end. */
  | { readonly kind: 'drain' }

export type Question = 'metrics' | 'hindrance'

export type FromWorker =
  | { readonly kind: 'ready' }
  /** It has been asked to end by somebody else, and takes no more connections. */
  | { readonly kind: 'leaving' }
  /** What became of a connection. `declined`: another worker should have it. */
  | { readonly kind: 'took' | 'declined'; readonly id: number }
  /** So many connections have ended since it last said so. */
  | { readonly kind: 'left'; readonly connections: number }
  | { readonly kind: 'metrics'; readonly id: number; readonly families: readonly Family[] }
  /** Undefined: it is ready for mail. */
  | { readonly kind: 'hindrance'; readonly id: number; readonly hindrance: string | undefined }
