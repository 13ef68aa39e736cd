/** Messages to send, and what must be left of them in the mailbox. */
import assert from 'node:assert/strict'

/** A complete header, so that Postfix adds nothing but its Received field. `id` comes back in X-Test-Id. */
export function message(id: string, body = 'A line of text.\r\n', from = 'ann@sender.test', subject = id): Buffer {
  const header = [
    `From: ${from}`,
    'To: undisclosed-recipients:;',
    `Subject: ${subject}`,
    'Date: Sun, 22 Nov 2026 10:00:00 +0000',
    `Message-ID: <${id}@sender.test>`,
    `X-Test-Id: ${id}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=UTF-8',
    'Content-Transfer-Encoding: 8bit',
  ]
  return Buffer.from(`${header.join('\r\n')}\r\n\r\n${body}`, 'latin1')
}

/** Header fields that servers on the way may put on top. */
const traceField = /^(?:Return-Path|Delivered-To|Received|X-Lmtp-Gate|X-Spam-(?:Flag|Score|Status)|X-Virus-Status): /i

/** The stored message ends in exactly the octets that were sent, and above them stand trace fields alone. */
export function assertStored(stored: Buffer | undefined, sent: Buffer): void {
  assert.ok(stored !== undefined, 'no message in the mailbox')
  const at = stored.length - sent.length
  assert.ok(
    at > 0 && stored.subarray(at).equals(sent),
    `the octets differ:\n${stored.toString('latin1').slice(0, 1500)}`,
  )
  const fields = stored
    .toString('latin1', 0, at)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  assert.equal(fields.pop(), '')
  for (const field of fields) assert.match(field, traceField)
}
