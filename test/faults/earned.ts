/** Whether what a client was told was what the next hop said, to whom it said it. */
import assert from 'node:assert/strict'
import type { WireReply } from '../support/client.ts'
import type { ModelHop, Said } from '../support/model-hop.ts'
import { refusals } from './faults.ts'

/** One transaction's replies: to each RCPT in order, and after the data. */
export type Replies = { readonly rcpts: readonly WireReply[]; readonly finals: readonly WireReply[] }

/** What the next hop said, and what it took, during one transaction of the client. */
export type Heard = Pick<ModelHop, 'said' | 'taken'>

/**
 * Throws unless every positive and every permanent reply was said by the next hop for this recipient of `paths` (or is the policy's), everything
 * it said after the data was passed on, and nobody was sent more copies than were asked for. `isShifted`: what it said cannot be told apart, so only
 * that somebody said it.
 */
export function check(
  { rcpts, finals }: Replies,
  paths: readonly string[],
  { said, taken }: Heard,
  isShifted: boolean,
  doubts = 0,
): void {
  for (const { code, lines } of [...rcpts, ...finals]) {
    for (const line of lines) assert.match(line, /^([245])\d\d[ -]\1\.\d+\.\d+ /, 'an enhanced code of the same class')
    assert.notEqual(code, 421, "the next hop's connection is not the client's")
  }
  for (const [i, reply] of rcpts.entries())
    assertSaid(reply, said, ['a@example.net', ...ways(paths[i] ?? '')], isShifted)
  for (const [i, reply] of rcpts.entries()) assertOwnRefusal(reply, said, ways(paths[i] ?? ''))
  const accepted = paths.filter((_, i) => (rcpts[i]?.code ?? 500) < 300)
  const finalsSaid = said.filter(({ place }) => place.stage === 'final')
  const unused = [...finalsSaid]
  for (const [i, reply] of finals.entries()) {
    const path = accepted[i] ?? ''
    assertOwnRefusal(reply, said, ways(path))
    const at = unused.findIndex(each => each.line === textOf(reply) && (isShifted || ways(path).includes(each.path)))
    if (at >= 0) unused.splice(at, 1)
    else if (reply.code < 300) assertSaid(reply, [], [], isShifted)
    // Offered anew after a lost connection, he may have been refused at RCPT.
    else assertSaid(reply, said, ['a@example.net', ...ways(path)], isShifted)
  }
  for (const path of paths)
    assert.ok(
      taken.filter(each => ways(path).includes(each)).length <= paths.filter(each => each === path).length,
      `${path} was sent the message more often than was asked`,
    )
  if (isShifted) return
  const lost = unused.map(({ line }) => line)
  if (lost.length > doubts) assert.deepEqual(lost, [], 'what the next hop said after the data reaches the client')
}

/** Transient replies anybody may give; of the others the policy may give some, and `refusals` are said by the hop in its own right. */
function assertSaid(reply: WireReply, said: readonly Said[], by: readonly string[], isShifted: boolean): void {
  const line = textOf(reply)
  if (reply.code >= 400 && reply.code < 500) return
  if (line === refusals.permanent || /^(?:250 2\.7\.0|550 5\.7\.1) /.test(line)) return
  // Surplus and premature replies cannot be known for what they are.
  if (isShifted && /(?:premature|surplus)$/.test(line)) return
  assert.ok(
    said.some(each => each.line === line && (isShifted || by.includes(each.path))),
    `unearned for ${by.at(-1) ?? 'anybody'}: ${line}`,
  )
}

/** Nobody hears for good what was said at RCPT of somebody else. What is said after the data cannot be told apart: its place alone says to whom it belongs. */
function assertOwnRefusal(reply: WireReply, said: readonly Said[], by: readonly string[]): void {
  const sources = said.filter(({ line }) => line === textOf(reply))
  if (reply.code < 500 || sources.length === 0) return
  assert.ok(
    sources.some(({ place, path }) => place.stage !== 'RCPT' || by.includes(path)),
    `${by[0] ?? 'somebody'} heard what was said of another: ${textOf(reply)}`,
  )
}

/** The paths under which a recipient may have been offered: his own, and his folders. */
function ways(path: string): string[] {
  return [path, path.replace('@', '+Junk@'), path.replace('@', '+News@')]
}

function textOf({ lines }: WireReply): string {
  return lines.join('|')
}
