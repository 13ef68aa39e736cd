/** A client as a process of its own: each load that comes by message is sent, and its measurement goes back. */
import { AttemptsSession } from './attempts-session.ts'
import { LmtpSession } from './lmtp-session.ts'
import type { Load, Measured } from './load.ts'
import { outlineOf } from './outline.ts'
import { sendAll } from './pace.ts'
import { Checkv2Session, InstreamSession } from './scanner-session.ts'
import type { Session } from './session.ts'

/** Ends what is being sent, if it has no end of its own. */
let stopping = new AbortController()

process.on('message', (order: Load | 'stop') => {
  if (order === 'stop') return stopping.abort()
  stopping = new AbortController()
  send(order, stopping.signal).then(
    measured => process.send?.({ measured }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})

async function send(load: Load, signal: AbortSignal): Promise<Measured> {
  const outline = outlineOf(load.content)
  const sessions = await Promise.all(Array.from({ length: load.sessions }, () => open(load)))
  try {
    return await sendAll(sessions, outline, load.pace, signal)
  } finally {
    for (const session of sessions) session.close()
  }
}

async function open(load: Load): Promise<Session> {
  switch (load.protocol) {
    case 'lmtp':
    case 'lmtp octetwise':
      return LmtpSession.open(load)
    case 'lmtp attempts':
      return AttemptsSession.open(load)
    case 'instream':
      return new InstreamSession(load.port)
    case 'checkv2':
      return new Checkv2Session(load.port)
  }
}
