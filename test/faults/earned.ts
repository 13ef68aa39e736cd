/** Whether what a client was told was what the next hop said, to whom it said it. */
import assert from 'node:assert/strict'
import type { WireReply } from '../support/client.ts'
import type { ModelHop, Said } from '../support/model-hop.ts'
import { refusals } from './faults.ts'

/** One transaction's replies: to each RCPT in order, and after the data. */
export type Replies = { readonly rcpts: readonly WireReply[]; readonly finals: readonly WireReply[] }

/**
 * Throws unless every positive and every permanent reply was said by the next hop for this recipient of `paths`, and everything it said after
 * the data was passed on. `isShifted`: what it said cannot be told apart, so only that it was said.
 */
export function check({ rcpts, finals }: Replies, paths: readonly string[], hop: ModelHop, isShifted: boolean): void {
  for (const { lines } of [...rcpts, ...finals])
    for (const line of lines) assert.match(line, /^([245])\d\d[ -]\1\.\d+\.\d+ /, 'an enhanced code of the same class')
  for (const { code } of [...rcpts, ...finals])
    assert.notEqual(code, 421, "the next hop's connection is not the client's")
  const accepted = paths.filter((_, i) => (rcpts[i]?.code ?? 500) < 300)
  for (const [i, reply] of rcpts.entries()) {
    const by = (said: Said): boolean => [paths[i], 'a@example.net'].includes(said.path)
    if (reply.code >= 500 || reply.code < 300) assertEarned(reply, hop.said, by, isShifted)
  }
  const unused = [...hop.finals]
  for (const [i, reply] of finals.entries()) {
    const line = reply.lines.join('|')
    const at = unused.findIndex(said => said.line === line && (isShifted || said.path === accepted[i]))
    if (at >= 0) unused.splice(at, 1)
    // Offered anew after a lost connection, he may have been refused at RCPT; nothing but a final reply is positive.
    else if (reply.code >= 500) assertEarned(reply, hop.said, said => said.path === accepted[i], isShifted)
    else if (reply.code < 300) assertEarned(reply, [], () => false, isShifted)
  }
  if (isShifted) return
  assert.deepEqual(
    unused.map(({ line }) => line),
    [],
    'what the next hop said after the data reaches the client',
  )
  for (const path of paths)
    assert.ok(
      hop.finals.filter(said => said.path === path && said.line.startsWith('2')).length <=
        paths.filter(p => p === path).length,
      `${path} got it more often than was asked`,
    )
}

/** Refusals of `refusals` are said by the hop in its own right; surplus and premature replies cannot be known for what they are. */
function assertEarned(reply: WireReply, said: readonly Said[], by: (said: Said) => boolean, isShifted: boolean): void {
  const line = reply.lines.join('|')
  if (line === refusals.permanent || line === refusals.transient) return
  if (isShifted && /(?:premature|surplus)$/.test(line)) return
  assert.ok(
    said.some(each => each.line === line && (isShifted || by(each))),
    `unearned: ${line}`,
  )
}
