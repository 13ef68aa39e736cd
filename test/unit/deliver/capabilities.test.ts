/** What is learnt from LHLO. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noCapabilities, readCapabilities } from '../../../src/deliver/capabilities.ts'
import { receivedReply } from '../../../src/reply.ts'

function offered(...lines: string[]) {
  return readCapabilities(receivedReply(250, ['hop.example', ...lines]))
}

describe('capabilities', () => {
  it('are none for a host that names none, even if its name is a keyword', () => {
    assert.deepEqual(readCapabilities(receivedReply(250, ['PIPELINING'])), noCapabilities)
  })

  it('come in any case, one a line, with or without parameters', () => {
    assert.deepEqual(
      offered('pipelining', 'CHUNKING', '8BitMime', 'SMTPUTF8', 'DSN', 'ENHANCEDSTATUSCODES', 'SIZE 1000'),
      {
        pipelining: true,
        chunking: true,
        eightBitMime: true,
        smtputf8: true,
        dsn: true,
        enhanced: true,
        size: 1000,
      },
    )
  })

  it('tell a size without a limit from no SIZE at all', () => {
    assert.equal(offered('SIZE').size, 0)
    assert.equal(offered('SIZE 0').size, 0)
    assert.equal(offered('SIZE huge').size, 0)
    assert.equal(offered('XSIZE 5').size, undefined)
  })
})
