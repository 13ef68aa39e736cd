/** The conversation alone: commands out, replies in, outcomes; no socket. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noCapabilities, type Capabilities } from '../../../src/deliver/capabilities.ts'
import { Conversation } from '../../../src/deliver/conversation.ts'
import type { Outcome } from '../../../src/deliver/outcome.ts'
import { receivedReply, replyText, type Reply } from '../../../src/reply.ts'
import { recipientOf, senderOf } from '../../support/scripted-server.ts'

const pipelining: Capabilities = { ...noCapabilities, pipelining: true }
const chunking: Capabilities = { ...pipelining, chunking: true }

/** `RCPT 250 2.1.5 ok` for an answer, `RCPT? cause` for silence. */
function words(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'answered':
      return `${outcome.at} ${replyText(outcome.reply)}`
    case 'unanswered':
      return `${outcome.at}? ${outcome.cause}`
    case 'busy':
    case 'late':
    case 'ours':
      return `${outcome.kind} ${outcome.cause}`
    case 'cannot':
      return `cannot ${outcome.why}`
    case 'gone':
      return 'gone'
  }
}

function said(text: string): Reply {
  return receivedReply(Number(text.slice(0, 3)), [text.slice(4)])
}

/** A conversation that notes what everyone is told. */
class Trial {
  readonly conversation: Conversation
  readonly told: string[] = []
  #sent = ''

  constructor(capabilities: Capabilities, reset = false, params: readonly string[] = []) {
    this.conversation = new Conversation(senderOf('s@x', params), capabilities, reset)
  }

  rcpt(...paths: string[]): this {
    for (const path of paths)
      this.conversation.rcpt(recipientOf(path), path, outcome => this.told.push(`${path}: ${words(outcome)}`))
    return this.#believe()
  }

  /** What was heard stands if nothing is missing. */
  #believe(): this {
    if (this.conversation.isInStep) this.conversation.stand()
    return this
  }

  data(size = 10): this {
    this.conversation.data(size, (order, outcome) => this.told.push(`${order}: ${words(outcome)}`))
    return this
  }

  sent(): this {
    this.conversation.sent()
    return this
  }

  receive(...replies: string[]): this {
    for (const reply of replies) {
      this.#send()
      this.conversation.receive(said(reply))
    }
    return this.#believe()
  }

  /** What was told since the last call. */
  news(): string[] {
    return this.told.splice(0)
  }

  /** What left since the last call. */
  out(): string[] {
    this.#send()
    const sent = this.#sent
    this.#sent = ''
    return sent.split('\r\n').slice(0, -1)
  }

  #send(): void {
    this.#sent += this.conversation.take()
  }
}

describe('conversation', () => {
  it('pipelines MAIL and RCPTs, those added later too, and pairs replies with commands in order', () => {
    const trial = new Trial(pipelining).rcpt('a@x', 'b@x')
    assert.deepEqual(trial.out(), ['MAIL FROM:<s@x>', 'RCPT TO:<a@x>', 'RCPT TO:<b@x>'])
    trial.receive('250 2.1.0 ok', '250 2.1.5 first')
    trial.rcpt('a@x')
    assert.deepEqual(trial.out(), ['RCPT TO:<a@x>'])
    trial.receive('550 5.1.1 second', '250 2.1.5 third')
    assert.deepEqual(trial.news(), [
      'a@x: RCPT 250 2.1.5 first',
      'a@x: RCPT 250 2.1.5 third',
      'b@x: RCPT 550 5.1.1 second',
    ])
    assert.deepEqual(
      trial.conversation.accepted.map(({ path }) => path),
      ['a@x', 'a@x'],
    )
  })

  it('tells a refusal only when no reply is awaited any more, or what it is told instead', () => {
    const heard = ['250 m', '550 5.1.1 first']
    const inStep = new Trial(pipelining).rcpt('a@x', 'b@x').receive(...heard)
    assert.deepEqual(inStep.news(), [])
    assert.deepEqual(inStep.receive('250 2.1.5 second').news(), [
      'b@x: RCPT 250 2.1.5 second',
      'a@x: RCPT 550 5.1.1 first',
    ])
    const lost = new Trial(pipelining).rcpt('a@x', 'b@x').receive(...heard)
    lost.conversation.fail('gone')
    lost.conversation.stand()
    assert.deepEqual(lost.news(), ['b@x: RCPT? gone', 'a@x: RCPT 550 5.1.1 first'])
    const missing = new Trial(pipelining).rcpt('a@x', 'b@x').receive(...heard)
    missing.conversation.fail('silent')
    missing.conversation.withdraw('silent')
    missing.conversation.withdraw('once')
    assert.deepEqual(missing.news(), ['b@x: RCPT? silent', 'a@x: RCPT? silent'])
  })

  it('tells whoever is offered when all is over at once', () => {
    const trial = new Trial(pipelining)
    trial.conversation.fail('gone')
    assert.deepEqual(trial.rcpt('a@x').news(), ['a@x: RCPT? gone'])
  })

  it('tells each refusal at once without PIPELINING, where one command is out at a time', () => {
    const trial = new Trial(noCapabilities).rcpt('a@x', 'b@x').receive('250 m', '550 5.1.1 a')
    assert.deepEqual(trial.news(), ['a@x: RCPT 550 5.1.1 a'])
  })

  it('takes no reply for a command that has not left', () => {
    const trial = new Trial(noCapabilities).rcpt('a@x', 'b@x').receive('250 m')
    assert.deepEqual(trial.out().slice(-1), ['RCPT TO:<a@x>'])
    for (const reply of ['250 2.1.5 a', '550 5.1.1 surplus']) trial.conversation.receive(said(reply))
    assert.equal(trial.conversation.state, 'failed')
    assert.deepEqual(trial.news(), [
      'a@x: RCPT 250 2.1.5 a',
      'b@x: RCPT? out of step: unexpected reply 550 5.1.1 surplus',
    ])
  })

  it('sends one command at a time without PIPELINING', () => {
    const trial = new Trial(noCapabilities, true).rcpt('a@x', 'b@x')
    const sent: string[][] = []
    for (const reply of ['250 reset', '250 mail', '250 a', '250 b']) {
      sent.push(trial.out())
      trial.receive(reply)
    }
    assert.deepEqual(sent, [['RSET'], ['MAIL FROM:<s@x>'], ['RCPT TO:<a@x>'], ['RCPT TO:<b@x>']])
    assert.deepEqual(trial.data().out(), ['DATA'])
  })

  it('gives DATA one answer each for those accepted, and is complete after the last', () => {
    const trial = new Trial(pipelining).rcpt('a@x', 'b@x', 'c@x').receive('250 m', '250 a', '550 5.1.1 b', '250 c')
    trial.news()
    trial.data()
    assert.deepEqual(trial.out().slice(-1), ['DATA'])
    assert.equal(trial.conversation.framing, undefined)
    trial.receive('354 go')
    assert.equal(trial.conversation.framing, 'DATA')
    trial.sent().receive('250 2.0.0 one')
    assert.equal(trial.conversation.state, 'finals')
    trial.receive('552 5.2.2 two')
    assert.equal(trial.conversation.state, 'complete')
    assert.deepEqual(trial.news(), ['0: end of data 250 2.0.0 one', '1: end of data 552 5.2.2 two'])
  })

  it('sends one BDAT chunk where CHUNKING is offered, the message right behind it', () => {
    const trial = new Trial(chunking).rcpt('a@x').receive('250 m', '250 a').data(123)
    assert.deepEqual(trial.out().slice(-1), ['BDAT 123 LAST'])
    assert.equal(trial.conversation.framing, 'BDAT')
    trial.sent().receive('250 2.0.0 ok')
    assert.equal(trial.conversation.state, 'complete')
  })

  it('takes a refused MAIL for the answer to all, and the replies to RCPTs that are out as they come', () => {
    const trial = new Trial(pipelining).rcpt('a@x', 'b@x').receive('552 5.3.4 too big')
    assert.deepEqual(trial.news(), [])
    trial.receive('503 5.5.1 no MAIL', '503 5.5.1 no MAIL')
    assert.deepEqual(trial.news(), ['a@x: MAIL 552 5.3.4 too big', 'b@x: MAIL 552 5.3.4 too big'])
    assert.deepEqual(trial.rcpt('c@x').news(), ['c@x: MAIL 552 5.3.4 too big'])
    assert.equal(trial.conversation.state, 'open')
    assert.equal(trial.conversation.awaiting, undefined)
  })

  it('fails if somebody is taken after a refused MAIL, and believes neither', () => {
    const trial = new Trial(pipelining).rcpt('a@x', 'b@x').receive('552 5.3.4 what?', '250 2.1.5 a')
    assert.equal(trial.conversation.state, 'failed')
    trial.conversation.withdraw('out of step')
    assert.deepEqual(trial.news(), ['a@x: RCPT? out of step', 'b@x: RCPT? out of step'])
  })

  it('sends no RCPT after a refused MAIL without PIPELINING', () => {
    const trial = new Trial(noCapabilities).rcpt('a@x', 'b@x').receive('451 4.3.0 later')
    assert.deepEqual(trial.out(), ['MAIL FROM:<s@x>'])
    assert.equal(trial.told.length, 2)
  })

  it('takes refused DATA for the answer to all', () => {
    const trial = new Trial(pipelining).rcpt('a@x', 'b@x').receive('250 m', '250 a', '250 b')
    trial.news()
    trial.data().receive('451 4.3.0 no room')
    assert.deepEqual(trial.news(), ['0: DATA 451 4.3.0 no room', '1: DATA 451 4.3.0 no room'])
    assert.equal(trial.conversation.state, 'refused')
  })

  it('throws when asked for DATA out of turn', () => {
    assert.throws(() => new Trial(pipelining).data())
    assert.throws(() => new Trial(noCapabilities).rcpt('a@x').data())
    assert.throws(() => new Trial(pipelining).rcpt('a@x').receive('250 m', '550 a').data())
  })

  const outOfStep: readonly (readonly [string, (trial: Trial) => Trial, string[]])[] = [
    ['a reply nobody waits for', trial => trial.receive('250 m', '250 a', '250 b', '250 what'), []],
    ['3xx to MAIL', trial => trial.receive('354 m'), ['a@x: MAIL?', 'b@x: MAIL?']],
    ['3xx to RCPT', trial => trial.receive('250 m', '354 a'), ['a@x: RCPT?', 'b@x: RCPT?']],
    ['2xx to DATA', trial => accepted(trial).data().receive('250 ok'), ['0: DATA?', '1: DATA?']],
    ['334 to DATA', trial => accepted(trial).data().receive('334 ok'), ['0: DATA?', '1: DATA?']],
    ['a reply within the message', trial => begun(trial).receive('250 early'), ['0: message?', '1: message?']],
    ['3xx at the end', trial => begun(trial).sent().receive('354 x'), ['0: end of data?', '1: end of data?']],
    [
      '3xx after one final reply',
      trial => begun(trial).sent().receive('250 x', '354 x'),
      ['0: end of data 250 2.0.0 x', '1: end of data?'],
    ],
  ]
  for (const [name, play, expected] of outOfStep)
    it(`fails on ${name}, tells everyone once, and hears no more`, () => {
      const trial = new Trial(pipelining).rcpt('a@x', 'b@x')
      play(trial)
      assert.equal(trial.conversation.state, 'failed')
      assert.match(trial.conversation.failure.cause, /^out of step/)
      const told = trial.told.filter(text => !text.includes('RCPT 250')).map(text => text.replace(/\? .*/, '?'))
      assert.deepEqual(told, expected)
      trial.receive('250 x', '421 x')
      trial.conversation.fail('again')
      assert.equal(trial.told.filter(text => !text.includes('RCPT 250')).length, expected.length)
    })

  it('fails when RSET is refused', () => {
    const trial = new Trial(pipelining, true).rcpt('a@x')
    assert.deepEqual(trial.out(), ['RSET', 'MAIL FROM:<s@x>', 'RCPT TO:<a@x>'])
    trial.receive('502 5.5.1 no')
    assert.deepEqual(trial.news(), ['a@x: MAIL? out of step: 502 5.5.1 no to RSET'])
  })

  const closing: readonly (readonly [string, (trial: Trial) => Trial, string[]])[] = [
    ['to MAIL', trial => trial, ['a@x: MAIL 421', 'b@x: MAIL 421']],
    ['to RCPT', trial => trial.receive('250 m', '250 a'), ['a@x: RCPT 250', 'b@x: RCPT 421']],
    ['to DATA', trial => accepted(trial).data(), ['0: DATA 421', '1: DATA 421']],
    ['within the message', trial => begun(trial), ['0: message 421', '1: message 421']],
    ['as the first final reply', trial => begun(trial).sent(), ['0: end of data 421', '1: end of data? closing']],
    [
      'as the last final reply',
      trial => begun(trial).sent().receive('250 x'),
      ['0: end of data 250', '1: end of data 421'],
    ],
  ]
  for (const [name, play, expected] of closing)
    it(`ends with 421 ${name}`, () => {
      const trial = new Trial(pipelining).rcpt('a@x', 'b@x')
      play(trial).receive('421 4.3.2 bye')
      assert.equal(trial.conversation.state, 'failed')
      assert.ok(trial.conversation.failure.dismissed)
      const told = trial.told.map(text => /^.*?(?:\d{3}|\? closing)/.exec(text)?.[0] ?? text)
      assert.deepEqual(told.slice(-2), expected)
    })

  it('tells each the stage at which it was lost', () => {
    const trial = new Trial(pipelining).rcpt('a@x').receive('250 m')
    trial.conversation.fail('gone')
    assert.deepEqual(trial.news(), ['a@x: RCPT? gone'])
    const late = begun(new Trial(pipelining).rcpt('a@x', 'b@x')).sent().receive('250 2.0.0 stored')
    late.conversation.fail('gone')
    assert.deepEqual(late.news().slice(2), ['0: end of data 250 2.0.0 stored', '1: end of data? gone'])
    const ours = begun(new Trial(pipelining).rcpt('a@x', 'b@x'))
    ours.conversation.fail('spool', 'ours')
    assert.deepEqual(ours.news().slice(2), ['0: ours spool', '1: ours spool'])
  })

  it('tells a recipient whom it cannot offer at once, and says no MAIL for him alone', () => {
    const trial = new Trial(pipelining, false, ['SMTPUTF8']).rcpt('\xc3\xa4@x')
    assert.deepEqual(trial.news(), ['\xc3\xa4@x: cannot smtputf8'])
    assert.deepEqual(trial.out(), [])
    assert.deepEqual(trial.rcpt('a@x').out(), ['MAIL FROM:<s@x>', 'RCPT TO:<a@x>'])
  })
})

describe('conversation with DATA behind the RCPTs', () => {
  /** DATA has left with everything before it, for a and b. */
  function ahead(reset = false): Trial {
    return new Trial(pipelining, reset).rcpt('a@x', 'b@x').data()
  }

  it('sends all in one go, and gives each accepted one answer', () => {
    const trial = ahead(true)
    assert.deepEqual(trial.out(), ['RSET', 'MAIL FROM:<s@x>', 'RCPT TO:<a@x>', 'RCPT TO:<b@x>', 'DATA'])
    trial.receive('250 reset', '250 m', '550 5.1.1 a', '250 2.1.5 b')
    assert.deepEqual(trial.news(), ['b@x: RCPT 250 2.1.5 b'])
    assert.equal(trial.conversation.awaiting, 'DATA')
    assert.equal(trial.conversation.framing, undefined)
    assert.deepEqual(trial.receive('354 go').news(), ['a@x: RCPT 550 5.1.1 a'])
    assert.equal(trial.conversation.framing, 'DATA')
    trial.sent().receive('250 2.0.0 stored')
    assert.deepEqual(trial.news(), ['0: end of data 250 2.0.0 stored'])
    assert.equal(trial.conversation.state, 'complete')
  })

  it('is possible only with PIPELINING and without CHUNKING, with somebody to offer, once', () => {
    assert.ok(new Trial(pipelining).rcpt('a@x').conversation.canPipelineData)
    assert.ok(!new Trial(noCapabilities).rcpt('a@x').conversation.canPipelineData)
    assert.ok(!new Trial(chunking).rcpt('a@x').conversation.canPipelineData)
    assert.ok(!new Trial(pipelining, true).conversation.canPipelineData)
    assert.ok(!new Trial(pipelining, true, ['SMTPUTF8']).rcpt('\xc3\xa4@x').conversation.canPipelineData)
    assert.ok(!new Trial(pipelining).rcpt('a@x').receive('451 no').conversation.canPipelineData)
    assert.ok(!ahead().conversation.canPipelineData)
    assert.throws(() => ahead().data())
    assert.throws(() => new Trial(chunking).rcpt('a@x').data())
  })

  const nobody: readonly (readonly [string, string[], string[]])[] = [
    ['all RCPTs', ['250 m', '550 5.1.1 a', '451 4.2.1 b'], ['a@x: RCPT 550 5.1.1 a', 'b@x: RCPT 451 4.2.1 b']],
    ['MAIL', ['552 5.3.4 m', '503 5.5.1 a', '503 5.5.1 b'], ['a@x: MAIL 552 5.3.4 m', 'b@x: MAIL 552 5.3.4 m']],
  ]
  for (const [name, replies, expected] of nobody) {
    it(`takes a refusal of ${name} for the answer, and that of DATA for nothing`, () => {
      const trial = ahead().receive(...replies)
      assert.equal(trial.conversation.awaiting, 'DATA', 'its reply is still to come')
      trial.receive('503 5.5.1 nobody')
      assert.deepEqual(trial.news(), expected)
      assert.equal(trial.conversation.state, 'refused')
    })

    it(`sends no message when DATA gets 354 after a refusal of ${name}`, () => {
      const trial = ahead().receive(...replies, '354 go')
      assert.deepEqual(trial.news(), expected)
      assert.equal(trial.conversation.state, 'failed')
      assert.equal(trial.conversation.framing, undefined)
      assert.equal(trial.conversation.failure.cause, 'out of step: 354 go to DATA for nobody')
    })

    it(`is over when it is lost or dismissed at DATA after a refusal of ${name}`, () => {
      const lost = ahead().receive(...replies)
      lost.conversation.fail('gone')
      const dismissed = ahead().receive(...replies, '421 bye')
      for (const trial of [lost, dismissed]) {
        trial.conversation.stand()
        assert.deepEqual(trial.news(), expected)
      }
    })
  }

  it('fails on a refusal of DATA for somebody accepted: it may be that of a RCPT', () => {
    const trial = ahead().receive('250 m', '250 a', '550 5.1.1 b', '451 4.3.0 no room')
    assert.deepEqual(trial.news().slice(1), ['0: DATA? out of step: 451 4.3.0 no room to DATA'])
    assert.equal(trial.conversation.state, 'failed')
  })

  it('fails on 2xx to DATA, and on 354 in the place of the last RCPT', () => {
    const early = ahead().receive('250 m', '250 2.1.5 a', '354 go')
    assert.deepEqual(early.news(), [
      'a@x: RCPT 250 2.1.5 a',
      'b@x: RCPT? out of step: 354 go to RCPT',
      '0: RCPT? out of step: 354 go to RCPT',
    ])
    const wrong = ahead().receive('250 m', '550 5.1.1 a', '250 2.1.5 b', '250 ok')
    assert.deepEqual(wrong.news().slice(1), ['0: DATA? out of step: 250 2.0.0 ok to DATA'])
  })

  it('tells who was accepted that he is unanswered when the next hop closes at a later RCPT', () => {
    const trial = ahead().receive('250 m', '250 2.1.5 a', '421 4.3.2 bye')
    assert.deepEqual(trial.news(), [
      'a@x: RCPT 250 2.1.5 a',
      'b@x: RCPT 421 4.3.2 bye',
      '0: RCPT? closing: 421 4.3.2 bye',
    ])
    assert.ok(trial.conversation.failure.dismissed)
    const late = ahead().receive('250 m', '250 2.1.5 a', '250 2.1.5 b', '421 4.3.2 bye')
    assert.deepEqual(late.news().slice(2), ['0: DATA 421 4.3.2 bye', '1: DATA 421 4.3.2 bye'])
  })

  it('tells each the stage at which it was lost', () => {
    const stages: readonly (readonly [string[], string[]])[] = [
      [[], ['a@x: MAIL? gone', 'b@x: MAIL? gone']],
      [
        ['250 m', '250 2.1.5 a'],
        ['a@x: RCPT 250 2.1.5 a', 'b@x: RCPT? gone', '0: RCPT? gone'],
      ],
      [
        ['250 m', '550 5.1.1 a', '250 2.1.5 b'],
        ['b@x: RCPT 250 2.1.5 b', '0: DATA? gone', 'a@x: RCPT 550 5.1.1 a'],
      ],
    ]
    for (const [replies, expected] of stages) {
      const trial = ahead().receive(...replies)
      trial.conversation.fail('gone')
      trial.conversation.stand()
      assert.deepEqual(trial.news(), expected)
    }
  })
})

function accepted(trial: Trial): Trial {
  return trial.receive('250 m', '250 a', '250 b')
}

function begun(trial: Trial): Trial {
  return accepted(trial).data().receive('354 go')
}
