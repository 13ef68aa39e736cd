/** What Postfix logged about one message. */
import type { Postfix } from './postfix.ts'
import { until } from './until.ts'

/** One delivery attempt for one recipient. `original` is the address before aliases, if it was another. */
export type Attempt = {
  readonly to: string
  readonly original: string | undefined
  readonly dsn: string
  readonly status: string
  /** What the server said, in Postfix's words. */
  readonly said: string
  readonly line: string
}

/** The attempts for the message with this queue id, once there are `count`. */
export function attempts(postfix: Postfix, id: string, count: number): Promise<readonly Attempt[]> {
  return until(`${count} attempts for ${id} in ${postfix.maillog}`, () => {
    const found = postfix
      .log()
      .split('\n')
      .flatMap(line => attempt(line, id))
    return found.length >= count && found
  })
}

function attempt(line: string, id: string): readonly Attempt[] {
  const found = /: (\w+): to=<(.*?)>, (?:orig_to=<(.*?)>, )?relay=.* dsn=([\d.]+), status=(\w+) \((.*)\)$/.exec(line)
  const [, queueId, to = '', original, dsn = '', status = '', said = ''] = found ?? []
  return queueId === id ? [{ to, original, dsn, status, said, line }] : []
}
