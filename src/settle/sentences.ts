/** Every sentence the gate itself ever says to a client. What the next hop or a policy says goes on in its own words. */
import { prepared, reply } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { NoMessage } from '../transaction.ts'

/** Replies to commands, by the front. */
export const said = {
  ok: reply(250, '2.0.0', 'Ok'),
  senderOk: reply(250, '2.1.0', 'Sender ok'),
  bye: reply(221, '2.0.0', 'Bye'),
  vrfy: reply(252, '2.1.5', 'Send some mail, and the next hop will tell'),
  help: reply(214, '2.0.0', 'Commands: LHLO MAIL RCPT DATA BDAT RSET NOOP VRFY QUIT (RFC 2033)'),
  startData: reply(354, undefined, 'End data with <CR><LF>.<CR><LF>'),
  chunkTaken: reply(250, '2.0.0', 'Chunk taken'),

  lmtpOnly: reply(500, '5.5.1', 'This is LMTP: say LHLO'),
  unknownCommand: reply(500, '5.5.1', 'Unknown command'),
  lineTooLong: reply(500, '5.5.2', 'Line too long'),
  badLine: reply(500, '5.5.2', 'Only printable characters, please'),
  tooManyBadCommands: reply(421, '4.7.0', 'Too many unknown commands'),
  lhloSyntax: reply(501, '5.5.4', 'Syntax: LHLO hostname'),
  lhloFirst: reply(503, '5.5.1', 'Say LHLO first'),
  mailFirst: reply(503, '5.5.1', 'Say MAIL first'),
  nestedMail: reply(503, '5.5.1', 'A transaction is open already'),
  noRecipients: reply(503, '5.5.1', 'No recipient was accepted'),
  chunksBegun: reply(503, '5.5.1', 'The message is coming in by BDAT'),
  chunkFailed: reply(503, '5.5.1', 'An earlier chunk failed: say RSET'),
  senderSyntax: reply(501, '5.1.7', 'Syntax: MAIL FROM:<address>'),
  recipientSyntax: reply(501, '5.1.3', 'Syntax: RCPT TO:<address>'),
  needsSmtputf8: reply(553, '5.6.7', 'An address beyond ASCII needs SMTPUTF8'),
  parameterSyntax: reply(501, '5.5.4', 'Bad parameter'),
  unknownParameter: reply(555, '5.5.4', 'Parameter not offered'),
  bdatSyntax: reply(501, '5.5.4', 'Syntax: BDAT octets [LAST]'),
  noArgument: reply(501, '5.5.4', 'No argument, please'),
  xforwardSyntax: reply(501, '5.5.4', 'Bad XFORWARD attribute'),
  xforwardLate: reply(503, '5.5.1', 'XFORWARD goes before MAIL'),
  notTrusted: reply(554, '5.7.1', 'Your address may not connect here'),
  tooManyRecipients: reply(452, '4.5.3', 'Too many recipients in one transaction'),
  idle: reply(421, '4.4.2', 'Nothing came for too long'),
  stopping: reply(421, '4.3.2', 'Stopping, try again in a moment'),
  overloaded: reply(451, '4.3.2', 'Too busy, try again in a moment'),
  bug: reply(451, '4.3.0', 'Internal error, try again later'),
} as const satisfies Record<string, Reply>

/** Final replies and answers to RCPT, by the gate. */
export const settled = {
  quarantined: reply(250, '2.7.0', 'Kept in quarantine'),
  discarded: reply(250, '2.7.0', 'Discarded by policy'),
  rejected: reply(550, '5.7.1', 'Refused by policy of the recipient'),
  deferred: reply(451, '4.7.1', 'Deferred by policy of the recipient'),
  tooBigForRecipient: reply(552, '5.2.3', 'Message too big for this recipient'),
  tooBigForAll: reply(552, '5.3.4', 'Message too big'),
  noSpace: reply(452, '4.3.1', 'No space to keep the message, try again later'),
  spoolFailed: reply(451, '4.3.0', 'The message could not be read back, try again later'),
  quarantineFailed: reply(451, '4.3.0', 'The message could not be put in quarantine, try again later'),
  strayNewline: reply(554, '5.6.0', 'Bare CR or LF in the message'),
  tooManyChunks: reply(452, '4.5.3', 'Too many chunks'),
  loop: reply(554, '5.4.6', 'Mail loop: too many Received fields'),
  brokenPolicy: reply(451, '4.3.5', 'The policy of the recipient cannot be read, try again later'),
  late: reply(451, '4.3.0', 'Ran out of time before delivery, try again later'),
  needsSmtputf8: reply(550, '5.6.7', 'The next hop does not take addresses or headers beyond ASCII'),
  needs8bitmime: reply(554, '5.6.3', 'The next hop does not take 8-bit content'),
  nextHopDown: reply(451, '4.4.1', 'The next hop cannot be reached, try again later'),
  nextHopBusy: reply(451, '4.3.2', 'No connection to the next hop is free, try again in a moment'),
  nextHopStops: reply(451, '4.3.2', 'The next hop is not available, try again later'),
  nextHopLost: reply(451, '4.4.2', 'Lost the next hop, try again later'),
  nextHopUnclear: reply(451, '4.5.0', 'Protocol trouble with the next hop, try again later'),
  inDoubt: reply(451, '4.4.2', 'The next hop took the message but did not answer, it may arrive twice'),
  clientGone: reply(451, '4.4.2', 'The client hung up before delivery began'),
  quarantineMailbox: reply(451, '4.2.0', 'The quarantine mailbox cannot be used, try again later'),
} as const satisfies Record<string, Reply>

/** What is said where the end of a message was reached, but no message is there. */
export const unfit: Readonly<Record<NoMessage, Reply>> = {
  'too big': settled.tooBigForAll,
  'no space': settled.noSpace,
  'stray newline': settled.strayNewline,
  'too many chunks': settled.tooManyChunks,
}

for (const sentence of [...Object.values(said), ...Object.values(settled)]) prepared(sentence)
