/** What the main thread and the worker that reads a message say to each other. */
import type { Structure } from '../../decide/facts.ts'
import type { Limits } from './limits.ts'

/** What a worker needs to know before it reads. `size` of the message, in octets. */
export type Task = { readonly limits: Limits; readonly size: number }

/**
 * One job at a time; `job` numbers it. The first piece has the task with it, since each note costs a wake-up and most messages are one piece. After `drop`
 * nobody wants its answer any more, and the worker says when it has stopped.
 */
export type ToWorker =
  | {
      readonly kind: 'piece'
      readonly job: number
      readonly bytes: Uint8Array
      readonly task: Task | undefined
      readonly isLast: boolean
    }
  | { readonly kind: 'drop'; readonly job: number }

/** `taken`: one piece, and it was not the last. `failed`: a bug, in `cause`. */
export type FromWorker =
  | { readonly kind: 'taken'; readonly job: number }
  | { readonly kind: 'read'; readonly job: number; readonly structure: Structure }
  | { readonly kind: 'failed'; readonly job: number; readonly cause: string }
  | { readonly kind: 'dropped'; readonly job: number }
