/** What became of one recipient at the next hop. */
import type { Reply } from '../reply.ts'

/** How far the conversation with the next hop had come. `message`: some of its bytes are out, not the last one. */
export type Stage = 'connect' | 'greeting' | 'LHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'message' | 'end of data'

/**
 * `answered`: the next hop said so itself, in a well-formed reply. `unanswered`: it did not, and `cause` says in a few printable words why
 * (`connection refused`, `no reply for 60 s`, `out of step: …`). Unanswered at `end of data` is *in doubt* (RFC 1047).
 * `busy`: no connection was free in time, or it was too late to start; the next hop has not got the message. `ours`: we could not go on (the spool could not be read).
 * `cannot`: the next hop lacks the extension that this recipient or message needs (RFC 6531 §3.6, RFC 6152 §3).
 */
export type Outcome =
  | { readonly kind: 'answered'; readonly at: Stage; readonly reply: Reply }
  | { readonly kind: 'unanswered'; readonly at: Stage; readonly cause: string }
  | { readonly kind: 'busy'; readonly cause: string }
  | { readonly kind: 'late'; readonly cause: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'ours'; readonly cause: string }
  | { readonly kind: 'cannot'; readonly why: 'smtputf8' | '8bitmime' }

/** At which stage it came; `asked`: where it stands if the next hop had no part in it. */
export function stageOf(outcome: Outcome, asked: Stage): Stage {
  return 'at' in outcome ? outcome.at : asked
}
