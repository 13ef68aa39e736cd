/** What the gate puts in quarantine in tests. */
import type { QuarantineEntry } from '../../src/deliver/quarantine.ts'
import type { Message } from '../../src/transaction.ts'
import { messageOf, recipientOf, senderOf } from './scripted-server.ts'

export const text = 'Subject: x\r\n\r\nhello\r\n'

export function entryFor(path: string, more: Partial<QuarantineEntry> = {}): QuarantineEntry {
  const message: Message = messageOf([text])
  return {
    message,
    sender: senderOf('s@example.org', ['SIZE=10']),
    recipient: recipientOf(path, ['NOTIFY=NEVER']),
    client: undefined,
    reason: { step: 'rules', words: 'rule 2' },
    place: { file: 'rules/default.yaml', line: 3, column: 5 },
    transaction: 't1',
    ...more,
  }
}
