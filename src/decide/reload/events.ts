/** What there is to tell about policy files while the gate runs. */
import type { Problem } from '../problem.ts'

/** `until`: what happens to mail until a broken file is mended. */
export type RulesEvent =
  | { readonly kind: 'reloaded'; readonly changes: number; readonly files: number; readonly broken: number }
  | {
      readonly kind: 'broken'
      readonly problem: Problem
      readonly until: 'the last good version counts' | 'mail waits'
    }
  | { readonly kind: 'advice'; readonly problem: Problem }
  | { readonly kind: 'more'; readonly count: number }
  | { readonly kind: 'mended'; readonly file: string }
  | { readonly kind: 'changing'; readonly file: string }
  | { readonly kind: 'lost'; readonly folder: string; readonly cause: string }
  | { readonly kind: 'unwatched'; readonly folder: string; readonly cause: string }
  | { readonly kind: 'watched' }
  | { readonly kind: 'failed'; readonly error: unknown }
