/** What a client writes before the message: MAIL, every RCPT and DATA in one piece. */
import { localPart, person, type Recipients } from './load.ts'

/** `count`: of recipients. */
export type Envelope = { readonly text: string; readonly count: number }

/** Another envelope at each call, if the recipients are persons. */
export function envelopes(recipients: Recipients): () => Envelope {
  if (recipients.kind === 'random') {
    return () => {
      return { text: envelope([personPath(Math.floor(Math.random() * recipients.among))]), count: 1 }
    }
  }
  if (recipients.kind === 'in turn') {
    const { count, among } = recipients
    let next = 0
    return () => {
      const persons = Array.from({ length: count }, (_, i) => personPath((next + i) % among))
      next += count
      return { text: envelope(persons), count }
    }
  }
  const same = { text: envelope(paths(recipients)), count: recipients.count }
  return () => same
}

export function paths({ count, domain, detail }: Extract<Recipients, { kind: 'same' }>): readonly string[] {
  const tail = detail === undefined ? '' : `+${detail}`
  return Array.from({ length: count }, (_, i) => `${localPart(i + 1)}${tail}@${domain}`)
}

function personPath(number: number): string {
  const { local, domain } = person(number)
  return `${local}@${domain}`
}

function envelope(paths: readonly string[]): string {
  return `${mail}${paths.map(path => rcpt(path)).join('')}DATA\r\n`
}

export const mail = 'MAIL FROM:<x@sender.test>\r\n'

export function rcpt(path: string): string {
  return `RCPT TO:<${path}>\r\n`
}
