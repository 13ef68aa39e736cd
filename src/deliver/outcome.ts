/** What became of one recipient at the next hop. */
import type { Reply } from '../reply.ts'

/** How far the conversation with the next hop had come. `message`: some of its bytes are out, not the last one. */
export type Stage = 'connect' | 'greeting' | 'LHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'message' | 'end of data'

/**
 * `answered`: the next hop said so itself, in a well-formed reply. `unanswered`: it did not, and `cause` says in a few printable words why
 * (`connection refused`, `no reply for 300 s`, `reply out of step`). Unanswered at `end of data` is *in doubt* (RFC 1047).
 * `busy`: no connection was free in time; the next hop was not asked at all. `ours`: we could not go on (the spool could not be read).
 */
export type Outcome =
  | { readonly kind: 'answered'; readonly at: Stage; readonly reply: Reply }
  | { readonly kind: 'unanswered'; readonly at: Stage; readonly cause: string }
  | { readonly kind: 'busy'; readonly cause: string }
  | { readonly kind: 'ours'; readonly cause: string }
