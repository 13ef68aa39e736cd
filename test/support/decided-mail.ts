/** Policy files of several sites, and mail about which they come to all kinds of verdicts. The score is in X-Spam-Score; mx.example.org is to be trusted. */

/** By path below rules/. */
export const trees: readonly Readonly<Record<string, string>>[] = [
  {
    'default.yaml': 'spam: { junk: 6, reject: 10, discard: 15 }\nsize: { max: 500 }',
    'example.org/a.yaml': 'spam: { junk: 3 }\nsenders: { allow: [x.example], block: ["*.top"] }',
    'example.org/b.yaml': 'at_worst: junk\nrules: [{ when: { detail: s }, then: reject }]',
    'example.org/_c.yaml':
      'for: [c@example.org]\nspam: off\nenforce: { senders: { block: [x.example], action: reject } }',
  },
  {
    'default.yaml':
      'bounce_guard: off\nenforce: { attachments: { block: ["*.exe"], action: reject }, size: { max: 300 } }',
    'example.org/a.yaml':
      'rules: [{ when: { sender: "<>" }, folder: Bounces }, { when: { size: { min: 200 } }, then: defer }]',
    'example.org/b.yaml': 'attachments: off\nspam: { unscannable: quarantine }\njunk_folder: INBOX',
    'example.org/c.yaml': 'attachments: { block: ["*"], allow: ["*.pdf"], ambiguous: junk, action: discard }',
  },
  {
    'default.yaml': 'senders: { block: ["*"], action: reject, text: Nobody }\nbounce_guard: discard',
    'example.org/_domain.yaml':
      'senders: { allow: [x.example] }\nenforce: { spam: { reject: 9 }, at_worst: quarantine }',
    'example.org/a.yaml': 'rules: [{ unless: { sender: x.example }, then: deliver }]',
    'example.org/b.yaml': 'spam: { down: defer, junk: never }\nquarantine: { mailbox: "q+{local}@example.org" }',
    'example.org/c.yaml': 'spam: { jnk: 4 }',
  },
  {
    'default.yaml': 'spam: { junk: 6 }\nrules: [{ when: { sender: x.example }, then: discard, shadow: true }]',
    'example.org/_domain.yaml': 'users: { keys: [spam, senders, shadow], actions: [junk, discard] }',
    'example.org/a.yaml': 'shadow: true\nspam: { junk: 3, discard: 10 }',
    'example.org/b.yaml': 'spam: { reject: 9 }',
    'example.org/c.yaml': 'senders: { block: ["*.top"], action: discard }',
  },
]

export const senders = ['', 'a@x.example', 'news@y.top']
export const recipients = ['a@example.org', 'b+s@example.org', 'c@example.org', 'd+t@example.org']

const proof =
  'Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=a@x.example; dmarc=pass header.from=x.example'
const part = (name: string) =>
  `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/x-a; name=${name}\r\n\r\nMZ\r\n--b--\r\n`
export const messages = [
  'From: a@x.example\r\n\r\nHello\r\n',
  `From: a@x.example\r\n${proof}\r\nX-Spam-Score: 12\r\n\r\nHello\r\n`,
  'From: a@x.example, n@y.top\r\nX-Spam-Score: 4.5\r\nX-Spam-Flag: YES\r\n\r\nHello\r\n',
  `From: news@y.top\r\nX-Spam-Score: 16\r\n\r\n${'Hello, hello\r\n'.repeat(20)}`,
  `From: n@z.example\r\nX-Spam-Score: 0\r\n${part('a.exe')}`,
  `From: n@z.example\r\n${part('a.pdf')}`,
  `X-Spam-Score: 7\r\n\r\n${'Hello, hello\r\n'.repeat(50)}`,
]
