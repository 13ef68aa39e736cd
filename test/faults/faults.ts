/** Everything a next hop can do wrong, each as one function (see ModelHop). */
import type { Fault, Stage } from '../support/model-hop.ts'
import type { Peer } from '../support/peer.ts'

/** Says something in the place of the reply and waits for what the gate does about it. */
function instead(text: (reply: string) => string): Fault {
  return (peer, reply) => {
    peer.send(text(reply))
    return Promise.resolve('over')
  }
}

/** The words of a refusal that is the next hop's right. They are not tagged: `earned` is told by their text. */
export const refusals = { transient: '451 4.3.0 refused for now', permanent: '550 5.7.0 refused for good' } as const

export const faults: Readonly<Record<string, Fault>> = {
  'refuses for now': peer => {
    peer.send(`${refusals.transient}\r\n`)
    return Promise.resolve('refused')
  },
  'refuses for good': peer => {
    peer.send(`${refusals.permanent}\r\n`)
    return Promise.resolve('refused')
  },
  hangs: () => Promise.resolve('over'),
  closes: peer => {
    peer.close()
    return Promise.resolve('over')
  },
  'half-closes': peer => {
    peer.finish()
    return Promise.resolve('over')
  },
  resets: peer => {
    peer.reset()
    return Promise.resolve('over')
  },
  'sends part of a reply and closes': (peer, reply) => {
    peer.send(reply.slice(0, -3) || '250 2.0.0 sav')
    peer.finish()
    return Promise.resolve('over')
  },
  'sends the first line of two and closes': peer => {
    peer.send('250-2.0.0 first\r\n')
    peer.finish()
    return Promise.resolve('over')
  },
  'sends its reply in single octets': async (peer, reply) => {
    await peer.sendSlowly(`${reply}\r\n`)
    return 'said'
  },
  'sends many replies in one packet': async (peer, reply, hop) => {
    holdTogether(hop)
    await hop.send(peer, `${reply}\r\n`)
    return 'said'
  },
  'sends garbage': instead(() => '\xff\0 garbage 250 ok\r\n'),
  'sends garbage without an end': instead(() => '\xff\0 garbage'),
  'sends an overlong line': instead(() => `250 2.0.0 ${'x'.repeat(100_000)}\r\n`),
  'sends a line without end': instead(() => `250 2.0.0 ${'x'.repeat(100_000)}`),
  'sends a reply of endless lines': instead(() => '250-2.0.0 and another\r\n'.repeat(5000)),
  'says 3xx for 2xx': instead(reply => (reply.startsWith('354') ? '250 2.0.0 no need to\r\n' : '354 go on\r\n')),
  'says 1xx': instead(() => '150 1.0.0 wait\r\n'),
  'says another code in its second line': instead(() => '250-2.0.0 ok\r\n550 5.0.0 no\r\n'),
  'says its next reply already': (peer, reply, hop) => {
    peer.send(`${reply}\r\n250 2.1.5 premature\r\n`)
    skipNext(hop)
    return Promise.resolve('said')
  },
  'says final replies already': instead(
    reply => `${reply === '' ? '' : `${reply}\r\n`}${'250 2.0.0 premature\r\n'.repeat(3)}`,
  ),
  'says one reply too few': () => Promise.resolve('kept back'),
  'says one reply too many': (peer, reply) => {
    peer.send(`${reply}\r\n250 2.0.0 surplus\r\n`)
    return Promise.resolve('said')
  },
  'says one refusal too many': (peer, reply) => {
    peer.send(`${reply}\r\n550 5.0.0 surplus\r\n`)
    return Promise.resolve('said')
  },
  'says 421 and closes': peer => {
    peer.send('421 4.3.2 going down\r\n')
    peer.finish()
    return Promise.resolve('over')
  },
  'says 421 behind its reply and closes': (peer, reply) => {
    peer.send(`${reply}\r\n421 4.3.2 going down\r\n`)
    peer.finish()
    return Promise.resolve('last word')
  },
}

/** Why a fault makes no sense at a stage; undefined: it does. */
export function senseless(fault: string, stage: Stage, offers: readonly string[]): string | undefined {
  if (stage === 'DATA' && offers.includes('CHUNKING')) return 'there is no DATA'
  if (stage === 'mid-message') {
    if (
      /reply in single|in one packet|part of a reply|behind its reply|next reply already|too (few|many)|refus/.test(
        fault,
      )
    )
      return 'no reply is due in the middle of a message'
  } else if (stage !== 'DATA' && fault === 'says final replies already') return 'that is a reply too many'
  return undefined
}

/** From now on replies are kept until nothing more is to be answered, and leave in one packet. */
function holdTogether(hop: Parameters<Fault>[2]): void {
  let held = ''
  let holder: Peer | undefined
  hop.flush = () => {
    const octets = held
    held = ''
    if (octets !== '') holder?.send(octets)
  }
  hop.send = (peer, octets) => {
    if (holder !== peer) hop.flush()
    holder = peer
    if (held === '') setImmediate(() => hop.flush())
    held += octets
    return Promise.resolve()
  }
}

/** The next reply that would be said is kept back: it was said before. */
function skipNext(hop: Parameters<Fault>[2]): void {
  const { fault } = hop
  hop.fault = () => {
    hop.fault = fault
    return () => Promise.resolve('kept back')
  }
}
