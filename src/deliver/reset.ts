/** Ends an abandoned transaction on a connection that goes to rest (RFC 5321 §4.1.1.5). */
import type { Clock } from '../clock.ts'
import type { Connection } from './connection.ts'

const replyTime = 60_000

/** Resolves when RSET was answered; if it was not answered well, the connection is closed. */
export function resetConnection(connection: Connection, clock: Clock): Promise<void> {
  return new Promise(resolve => {
    connection.attach({
      receive(replies, fault) {
        const [reply, surplus] = replies
        if (fault !== undefined || surplus !== undefined || reply === undefined || reply.code >= 300)
          connection.close('out of step', `out of step: ${fault ?? 'no single 250 to RSET'}`)
        else connection.needsReset = false
        connection.detach()
        resolve()
      },
      closed: () => resolve(),
    })
    connection.write('RSET\r\n')
    connection.watch(clock.now() + replyTime, () => connection.close('silent', 'no reply to RSET'))
  })
}
