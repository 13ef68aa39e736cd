/** What the main thread and the worker that reads a message say to each other. */
import type { Structure } from '../../decide/facts.ts'
import type { Limits } from './limits.ts'

/** One job at a time; `job` numbers it. After `drop` nobody wants its answer any more, and the worker says when it has stopped. */
export type ToWorker =
  | { readonly kind: 'begin'; readonly job: number; readonly limits: Limits; readonly size: number }
  | { readonly kind: 'piece'; readonly job: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly job: number }
  | { readonly kind: 'drop'; readonly job: number }

/** `taken`: one piece. `failed`: a bug, in `cause`. */
export type FromWorker =
  | { readonly kind: 'taken'; readonly job: number }
  | { readonly kind: 'read'; readonly job: number; readonly structure: Structure }
  | { readonly kind: 'failed'; readonly job: number; readonly cause: string }
  | { readonly kind: 'dropped'; readonly job: number }
