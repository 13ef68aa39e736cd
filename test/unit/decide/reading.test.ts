/** Every slip in a policy file is named at its place, with the mend (rules/README.md). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatProblem, Source } from '../../../src/decide/problem.ts'
import { readPolicyFile, type Kind } from '../../../src/decide/read/policy-file.ts'
import { schemaOfKind, schemaTakes } from '../../support/schemas.ts'

/** In a person's file. What is said about it: line, column, severity, code, the characters under the caret, mend. */
const slips: readonly (readonly [string, ...string[]])[] = [
  // YAML that policy files do not use
  ['senders: { block: [*.exe, "*.js"] }', '1:20 error quotes ^*.exe^ write "*.exe"'],
  ['senders:\n  block:\n    - *', '3:7 error quotes ^*^ write "*"'],
  ['senders: { block: [list]* }', '1:25 error quotes ^*^ write "*"'],
  ['junk_folder: &a Spam', '1:14 error quotes ^&a^ write "&a"'],
  ['junk_folder: !x Spam', '1:14 error quotes ^!x^ write "!x"'],
  ['junk_folder: !!str Spam', '1:14 error quotes ^!!str^ write "!!str"'],
  ['<<: { a: b }', '1:1 error yaml ^<<^ write the keys out'],
  ['size: { max: 1K }\nsize: { max: 2K }', '2:1 error repeated-key ^size^ it is already in line 1'],
  ['size: { max: 1K, max: 2K }', '1:18 error repeated-key ^max^ it is already in line 1'],
  [
    'size:\n\tmax: 1K',
    '1:1 error no-value ^size^ write one behind it, or leave the key out',
    '2:1 error tab ^\t^ write blanks',
  ],
  ['size: { max:\t1K }', '1:13 error tab ^\t^ write blanks'],
  ['at_worst: junk\n---\nat_worst: junk', '2:1 error document ^---^ leave out the ---'],
  ['at_worst: junk\n...\nat_worst: junk', '3:1 error document ^a^ leave out the ...'],
  ['%YAML 1.1\n---\nat_worst: junk', '1:1 error yaml ^%YAML 1.1^ leave it out'],
  ['? at_worst\n: junk', '1:1 error yaml ^?^ put a text that begins with ? in quotes'],
  ['[a]: b', '1:1 error yaml ^[a]^'],
  ['at_worst: "junk', '1:16 error yaml ^^ close it, and write a quote inside of it twice'],
  ['senders: { block: @x.example }', '1:19 error yaml ^@^ put it in quotes'],
  ['junk_folder: "\\d"', '1:15 error yaml ^\\^ use single quotes'],
  [
    'junk_folder: a: b',
    '1:14 error yaml ^a^ put a text with a colon and a blank in quotes, or indent the next line like this one',
  ],
  ['size: { max: 1K }}', '1:18 error yaml ^}^ leave it out, or put the text in quotes'],
  [`rules: ${'['.repeat(50)}`, `1:27 error depth ^[^ at most 20 levels`],
  [`${'- '.repeat(50)}a`, `1:41 error depth ^-^ at most 20 levels`],
  [`${'a: '.repeat(50)}a`, `1:62 error depth ^:^ at most 20 levels`],
  ['junk_folder: > 5', '1:16 error yaml ^5^ put the text in quotes'],
  ['junk_folder: |5 x', '1:17 error yaml ^x^ put the text in quotes'],
  ['junk_folder: "a" b', '1:18 error yaml ^b^ put all of it in quotes'],
  ['size: { max: 5K', '1:16 error yaml ^^ write } at its end, and indent all of it'],
  ['senders: { block: [a.example, b.example }', '1:41 error yaml ^}^ write ] at its end, and indent all of it'],
  ['size: { max: 5, , text: x }', '1:17 error yaml ^,^ leave it out'],
  ['size: { max: 5 text: x }', '1:14 error yaml ^5 text: x ^ put commas between, and write lists as [a, b]'],
  [
    'senders: { block: ["a.example" b.example] }',
    '1:32 error yaml ^b^ put commas between, or a text with blanks in quotes',
  ],
  ['size:\n    max: 5\n  text: x', '3:1 error yaml ^ ^ indent alike'],
  ['at_worst: junk\nsize', '2:1 error yaml ^size^ write key: value'],
  ['senders:\n  block: - a.example', '2:10 error yaml ^-^ write the list below its key, or in [ ]'],
  ['senders: { block: [- a.example] }', '1:20 error yaml ^-^ leave the dash out: inside [ ] commas are enough'],
  // Keys and values
  ['size:', '1:1 error no-value ^size^ write one behind it, or leave the key out'],
  ['size: {max:4}', '1:8 error no-value ^max:4^ write max: 4'],
  ['size: max:4', '1:7 error no-value ^max:4^ write max: 4'],
  ['rules:\n  - { then: reject, text: Sorry, gone }', '2:32 error comma ^,^ put it in quotes: text: "Sorry, gone"'],
  ['rules:\n  - then: reject\n    text: see form #5', '3:20 warning comment ^#5^ put the text in quotes'],
  [
    'rules:\n  - { then: reject, text: Sorry, gone, and no more }',
    '2:32 error comma ^,^ put it in quotes: text: "Sorry, gone, and no more"',
  ],
  [
    'senders: { block: a.example, b.example }',
    '1:28 error comma ^,^ write block: "a.example, b.example", or if it is a list block: [a.example, b.example]',
  ],
  ['rules: [{ then: reject, text: No, thn: junk }]', '1:35 error unknown-key ^thn^ did you mean "then"?'],
  ['size:{ max: 1K}', '1:1 error unknown-key ^size:{ max^ write size: with a blank behind it'],
  ['at_worst: junk # as we said', ''],
  ['at_worst: junk\n#size: { max: 1K }', ''],
  ['senders:\n  block:\n    - a.example\n    #- b.example\n    - c.example', ''],
  ['junk_folder: #5', '1:14 error comment ^#5^ put the text in quotes'],
  ['junk_folder: # 5', '1:1 error no-value ^junk_folder^ write one behind it, or leave the key out'],
  [
    'rules: [{ then: reject, text: see form #5 }]',
    '1:40 warning comment ^#5 }]^ put the text in quotes',
    '1:45 error yaml ^^ write } at its end, and indent all of it',
  ],
  ['at_wurst: junk', '1:1 error unknown-key ^at_wurst^ did you mean "at_worst"?'],
  ['rules:\n  - { when: { detail: shop }, thn: reject }', '2:31 error unknown-key ^thn^ did you mean "then"?'],
  ['rules: [{ when: { detial: shop }, then: reject }]', '1:19 error unknown-key ^detial^ did you mean "detail"?'],
  [
    'quux: 1',
    '1:1 error unknown-key ^quux^ known are size, senders, rules, attachments, spam, virus, quarantine, junk_folder, at_worst, next_hop, shadow',
  ],
  ['next_hop: inet:a:24', ''],
  ['next_hop: [unix:/run/a, "inet:[::1]:24"]', ''],
  ['next_hop: a:24', '1:11 error wrong-value ^a:24^ write inet:a:24'],
  ['next_hop: [unix:/run/a, inet:b:0]', '1:25 error wrong-value ^inet:b:0^ write inet:host:port or unix:/path'],
  ['next_hop: []', '1:11 error empty ^[]^ name something, or leave the key out'],
  ['shadow: true', ''],
  ['shadow: on', '1:9 error wrong-value ^on^ did you mean true?'],
  ['rules: [{ then: junk, shadow: true }]', ''],
  [
    '__proto__: 1',
    '1:1 error unknown-key ^__proto__^ known are size, senders, rules, attachments, spam, virus, quarantine, junk_folder, at_worst, next_hop, shadow',
  ],
  [
    'constructor: 1',
    '1:1 error unknown-key ^constructor^ known are size, senders, rules, attachments, spam, virus, quarantine, junk_folder, at_worst, next_hop, shadow',
  ],
  [
    'just a text',
    '1:1 error wrong-type ^just a text^ its keys are size, senders, rules, attachments, spam, virus, quarantine, junk_folder, at_worst, next_hop, shadow',
  ],
  ['size: 5MB', '1:7 error wrong-type ^5MB^ write { max: 5MB }'],
  ['spam: 4.5', '1:7 error wrong-type ^4.5^ write { junk: 4.5 }'],
  [
    'size: { max: 5MB, unless: { sender: x.example } }',
    '1:19 error unknown-key ^unless^ known are max, text; conditions and exceptions stand in rules',
  ],
  ['rules: [{ when: list, then: junk }]', '1:17 error wrong-type ^list^ write { list: ... }, with what it is to be'],
  [
    'rules: [{ then: { folder: Lists } }]',
    '1:17 error wrong-type ^{ folder: Lists }^ folder: stands in the rule itself, beside then or without it',
  ],
  ['rules: [{ when: { detail: +shop }, then: junk }]', '1:27 warning pattern ^+shop^ write shop'],
  ['size: [1K]', '1:7 error wrong-type ^[1K]^ its keys are max, text'],
  ['size: { max: [1K] }', '1:14 error wrong-type ^[1K]^ for example 50MB'],
  ['size: { max: 50 MB }', '1:14 error wrong-value ^50 MB^ write octets, or 500K, 50MB, 1G'],
  ['size: { max: -1 }', '1:14 error wrong-value ^-1^ write octets, or 500K, 50MB, 1G'],
  ['size: { max: 1K, text: 4.2.2 Full }', '1:24 error wrong-value ^4.2.2 Full^ its code begins with 5'],
  ['at_worst: discard', '1:11 error wrong-value ^discard^ one of deliver, junk, quarantine, reject'],
  ['at_worst: Junk', '1:11 error wrong-value ^Junk^ did you mean "junk"?'],
  [
    'senders: { action: bounce }',
    '1:20 error wrong-value ^bounce^ one of deliver, junk, quarantine, discard, reject, defer',
  ],
  ['senders: { action: junk, text: No }', '1:32 error no-effect ^No^ nobody is told anything otherwise'],
  ['senders: { action: reject, text: 4.7.1 No }', '1:34 error wrong-value ^4.7.1 No^ its code begins with 5'],
  ['senders: { block: "<a@b.example>" }', '1:19 error wrong-value ^"<a@b.example>"^ write a@b.example'],
  [
    'senders: { block: .top }',
    '1:19 error wrong-value ^.top^ write top, which has its subdomains too, or "*.top" for these alone',
  ],
  [
    'senders: { block: "@x.example" }',
    '1:19 error wrong-value ^"@x.example"^ write "*@x.example" for that domain alone, or x.example for its subdomains too',
  ],
  [
    'senders: { block: a@ }',
    '1:19 error wrong-value ^a@^ write it as in mail addresses; beyond ASCII with * only as xn--…',
  ],
  ['senders: { block: a b }', '1:19 error wrong-value ^a b^ write an address, a domain, or a pattern with *'],
  [
    'junk_folder: ../other',
    '1:14 error wrong-value ^../other^ write its name, as Junk or Lists.Postfix: no ~ in front, no dot or slash in front, at the end or beside another',
  ],
  ['junk_folder: Entwürfe', '1:14 warning folder ^Entwürfe^ use letters of ASCII'],
  ['junk_folder: Lists/Spam', ''],
  ...['/abs', 'a//b', 'a.', '.a', 'a..b'].map(
    name =>
      [
        `junk_folder: ${name}`,
        `1:14 error wrong-value ^${name}^ write its name, as Junk or Lists.Postfix: no ~ in front, no dot or slash in front, at the end or beside another`,
      ] as const,
  ),
  ['junk_folder: ""', '1:14 error empty ^""^ for example Junk'],
  ['junk_folder: "a\\nb"', '1:14 error wrong-value ^"a\\nb"^ leave out line ends and tabs'],
  [`junk_folder: ${'x'.repeat(201)}`, `1:14 error limit ^${'x'.repeat(201)}^ this one has 201`],
  // Rules
  ['rules: { then: junk }', '1:8 error wrong-type ^{ then: junk }^ begin each rule with a dash'],
  ['rules: [{ when: { detail: a } }]', '1:9 error no-effect ^{ when: { detail: a } }^ give it then, folder or headers'],
  [
    'rules: [{ when: {}, then: junk }]',
    '1:17 error empty ^{}^ one of sender, client, recipient, detail, size, from, to, from_name, subject, header, list, proven, auth, attachment, attachment_count, ambiguous, score, symbol, virus, not_scanned',
  ],
  ['rules: [{ when: [], then: junk }]', '1:17 error empty ^[]^ name something, or leave the key out'],
  ['rules: [{ when: { detail: [] }, then: junk }]', '1:27 error empty ^[]^ name something, or leave the key out'],
  ['rules: [{ then: junk, text: No }]', '1:29 error no-effect ^No^ nobody is told anything otherwise'],
  [
    'rules: [{ then: defer, text: 5.1.1 No, until: 2027-01-01 }]',
    '1:30 error wrong-value ^5.1.1 No^ its code begins with 4',
  ],
  ['rules: [{ then: reject, text: 550 5.1.1 No }]', '1:31 error wrong-value ^550 5.1.1 No^ leave out 550'],
  ['rules: [{ then: reject, text: 5.1.1 }]', '1:31 error empty ^5.1.1^ for example 5.1.1 No such address'],
  ['size: { text: "Zu groß – „zum Beispiel“…" }', ''],
  [
    'size: { text: Слишком много }',
    '1:15 warning text ^Слишком много^ write it in letters of ASCII; accents are dropped',
  ],
  [
    'rules: [{ then: junk, until: 2027-02-30 }]',
    '1:30 error wrong-value ^2027-02-30^ write year-month-day, as 2027-01-31',
  ],
  [
    'rules: [{ then: junk, until: 31.1.2027 }]',
    '1:30 error wrong-value ^31.1.2027^ write year-month-day, as 2027-01-31',
  ],
  [
    'rules: [{ when: { client: 10.1.2.3/8 }, then: junk }]',
    '1:27 error wrong-value ^10.1.2.3/8^ make them 0, or leave out the slash',
  ],
  ['rules: [{ when: { client: 10.1.2 }, then: junk }]', '1:27 error wrong-value ^10.1.2^ write 10.0.0.0/8 or ::1'],
  ['rules: [{ when: { size: 5MB }, then: junk }]', '1:25 error wrong-type ^5MB^ its keys are min, max'],
  [
    'rules: [{ when: { size: "> 5MB" }, then: junk }]',
    '1:25 error wrong-type ^"> 5MB"^ write { min: 5MB } or { max: 5MB }',
  ],
  ['rules: [{ when: { size: {} }, then: junk }]', '1:25 error empty ^{}^ write { min: 5MB }'],
  [
    'rules: [{ when: { size: { min: 2, max: 1 } }, then: junk }]',
    '1:25 warning never ^{ min: 2, max: 1 }^ exchange them',
  ],
  [
    'rules: [{ name: a, then: junk }, { name: a, then: junk }]',
    '1:42 error repeated-name ^a^ names are unique in a file',
  ],
  ['rules: [{ then: junk, folder: A }]', '1:31 warning no-effect ^A^ leave one of them out'],
  ['rules: [{ then: discard, headers: { X-A: b } }]', '1:35 warning no-effect ^{ X-A: b }^ leave one of them out'],
  ['rules: [{ headers: { Received: b } }]', '1:22 error header ^Received^ use a name of your own, as X-Sorted-As'],
  ['rules: [{ headers: { subject: b } }]', '1:22 error header ^subject^ use a name of your own, as X-Sorted-As'],
  [
    'rules: [{ headers: { Content-Type: b } }]',
    '1:22 error header ^Content-Type^ use a name of your own, as X-Sorted-As',
  ],
  [
    'rules: [{ headers: { DKIM-Signature: b } }]',
    '1:22 error header ^DKIM-Signature^ use a name of your own, as X-Sorted-As',
  ],
  ['rules: [{ headers: { "X A": b } }]', '1:22 error header ^"X A"^ use a name of your own, as X-Sorted-As'],
  ['rules: [{ headers: { X-A: b, x-a: c } }]', '1:30 error repeated-key ^x-a^ upper and lower case are the same'],
  [
    'rules: [{ headers: { X-A: "b\\r\\nBcc: c" } }]',
    '1:27 error wrong-value ^"b\\r\\nBcc: c"^ leave out line ends and tabs',
  ],
  [
    `rules:\n${'  - { then: junk }\n'.repeat(201)}`,
    '2:3 error limit ^- { then: junk }^ use lists of values in one rule',
  ],
  [
    `senders: { block: [${'a.example,'.repeat(10_001)}] }`,
    `1:19 error limit ^[${'a.example,'.repeat(10_001)}]^ split it, or use patterns with *`,
  ],
  ['\n'.repeat(30_001), '1:1 error limit ^^ use patterns with *, or split it into groups'],
  [`senders: {${','.repeat(100_001)}`, '1:100005 error limit ^,^ use patterns with *, or split it into groups'],
  // Conditions on the header
  ['rules: [{ when: { from: [a.example, "*.top"], to: b@c.example }, then: junk }]', ''],
  [
    'rules: [{ when: { from: a b }, then: junk }]',
    '1:25 error wrong-value ^a b^ write an address, a domain, or a pattern with *',
  ],
  ['rules: [{ when: { subject: ["Re: *", \'/x|\\d+/\', plain] }, then: junk }]', ''],
  ['rules: [{ when: { subject: "" }, then: junk }]', '1:28 error empty ^""^ for example invoice'],
  [
    "rules: [{ when: { subject: '/(a)\\1/' }, then: junk }]",
    "1:28 error wrong-value ^'/(a)\\1/'^ write it as RE2 has it: no references back, no looking around",
  ],
  [
    'rules: [{ when: { subject: // }, then: junk }]',
    '1:28 error wrong-value ^//^ write an expression, as /rechnung|invoice/',
  ],
  [
    `rules: [{ when: { subject: /${'x'.repeat(501)}/ }, then: junk }]`,
    `1:28 error wrong-value ^/${'x'.repeat(501)}/^ use a list of several patterns`,
  ],
  [`rules: [{ when: { subject: /${'x'.repeat(500)}/ }, then: junk }]`, ''],
  [
    `rules: [{ when: { subject: ${'x'.repeat(601)} }, then: junk }]`,
    `1:28 error limit ^${'x'.repeat(601)}^ this one has 601`,
  ],
  [
    "rules: [{ when: { subject: '/.{1,900}x/' }, then: junk }]",
    "1:28 error wrong-value ^'/.{1,900}x/'^ use smaller numbers in { }",
  ],
  [
    `rules: [{ when: { subject: [${"'/.{1,200}x/',".repeat(10)}] }, then: junk }]`,
    ...Array.from(
      { length: 3 },
      (_, i) => `1:${29 + (7 + i) * 14} error limit ^'/.{1,200}x/'^ use fewer, or smaller expressions`,
    ),
  ],
  ['rules: [{ when: { header: { X-A: x, x-b: [y, "*"] } }, then: junk }]', ''],
  ['rules: [{ when: { header: X-A }, then: junk }]', '1:27 error wrong-type ^X-A^ write { X-Name: text }'],
  ['rules: [{ when: { header: {} }, then: junk }]', '1:27 error empty ^{}^ write { X-Name: text }'],
  ['rules: [{ when: { header: { "X A": x } }, then: junk }]', '1:29 error header ^"X A"^ write it as X-Name'],
  [
    'rules: [{ when: { header: { X-A: x, x-a: y } }, then: junk }]',
    '1:37 error repeated-key ^x-a^ upper and lower case are the same',
  ],
  ['rules: [{ when: { list: true }, then: junk }, { when: { list: [a.b, "c.*"] }, then: junk }]', ''],
  ['rules: [{ when: { list: false }, then: junk }]', '1:25 error wrong-value ^false^ write unless: { list: true }'],
  ['rules: [{ when: { proven: yes }, then: junk }]', '1:27 error wrong-value ^yes^ did you mean true?'],
  ['rules: [{ when: { auth: { spf: [fail, softfail], dmarc: none } }, then: junk }]', ''],
  ['rules: [{ when: { auth: {} }, then: junk }]', '1:25 error empty ^{}^ write { dmarc: fail }'],
  ['rules: [{ when: { auth: { arc: fail } }, then: junk }]', '1:27 error unknown-key ^arc^ known are spf, dkim, dmarc'],
  [
    'rules: [{ when: { auth: { spf: failed } }, then: junk }]',
    '1:32 error wrong-value ^failed^ one of pass, fail, none, softfail, neutral, policy, temperror, permerror',
  ],
  // Conditions on content
  ['rules: [{ when: { attachment: ["*.docm", application/pdf, { size: { min: 5MB } }] }, then: junk }]', ''],
  ['rules: [{ when: { attachment: .docm }, then: junk }]', '1:31 error wrong-value ^.docm^ write "*.docm"'],
  ['rules: [{ when: { attachment: {} }, then: junk }]', '1:31 error empty ^{}^ write { name: "*.zip" }'],
  ['rules: [{ when: { attachment: { naem: x } }, then: junk }]', '1:33 error unknown-key ^naem^ did you mean "name"?'],
  ['rules: [{ when: { attachment: { size: 5MB } }, then: junk }]', '1:39 error wrong-type ^5MB^ its keys are min, max'],
  ['rules: [{ when: { attachment_count: { min: 1, max: 3 } }, then: junk }]', ''],
  [
    'rules: [{ when: { attachment_count: { min: 1K } }, then: junk }]',
    '1:44 error wrong-value ^1K^ write digits, as 3',
  ],
  ['rules: [{ when: { attachment_count: 3 }, then: junk }]', '1:37 error wrong-type ^3^ its keys are min, max'],
  ['rules: [{ when: { ambiguous: maybe }, then: junk }]', '1:30 error wrong-value ^maybe^ did you mean false?'],
  ['rules: [{ when: { score: { min: -1.5, max: 3 } }, then: junk }]', ''],
  ['rules: [{ when: { score: ">5" }, then: junk }]', '1:26 error wrong-type ^">5"^ write { min: 6 } or { max: 6 }'],
  [
    'rules: [{ when: { score: { min: never } }, then: junk }]',
    '1:33 error wrong-value ^never^ write a number, as 6 or 4.5',
  ],
  [
    'rules: [{ when: { score: { min: 3, max: 1 } }, then: junk }]',
    '1:26 warning never ^{ min: 3, max: 1 }^ exchange them',
  ],
  ['rules: [{ when: { symbol: [A, "B_*"], virus: "*" }, then: junk }]', ''],
  ['rules: [{ when: { not_scanned: [virus, spam, attachments] }, then: junk }]', ''],
  [
    'rules: [{ when: { not_scanned: viruses }, then: junk }]',
    '1:32 error wrong-value ^viruses^ one of virus, spam, attachments',
  ],
  // Spam, viruses, attachments, quarantine
  ['spam: { junk: 4, quarantine: 5.5, reject: never, discard: -1, text: No, profile: a.b_c@d+e-f }', ''],
  ['spam: off\nvirus: off\nattachments: off', ''],
  ['spam: { junk: 4,5 }', '1:16 error comma ^,^ write junk: 4.5'],
  ['spam: { junk: "4,5" }', '1:15 error wrong-value ^"4,5"^ write a number, as 6 or 4.5, or never'],
  ['spam: { junk: 1e9 }', '1:15 error wrong-value ^1e9^ write a number, as 6 or 4.5, or never'],
  ['spam: { junk: Infinity }', '1:15 error wrong-value ^Infinity^ write a number, as 6 or 4.5, or never'],
  ['spam: { junk:4 }', '1:9 error no-value ^junk:4^ write junk: 4'],
  ['spam: { text: 4.7.1 No }', '1:15 error wrong-value ^4.7.1 No^ its code begins with 5'],
  ['spam: { profile: "a b" }', '1:18 error wrong-value ^"a b"^ it has letters and digits of ASCII, and . _ @ + -'],
  ['spam: { down: defer, unscannable: junk }', ''],
  ['spam: { down: { defer: 30m, then: deliver } }', ''],
  ['spam: { down: { defer: 30m } }', '1:15 error no-value ^{ defer: 30m }^ write { defer: 30m, then: deliver }'],
  ['spam: { down: { then: junk } }', '1:15 error no-value ^{ then: junk }^ write { defer: 30m, then: deliver }'],
  [
    'spam: { down: { defer: 30M, then: junk } }',
    '1:24 error wrong-value ^30M^ write 30s, 30m, 4h, 7d or 2w: m is minutes',
  ],
  [
    'spam: { down: { defer: 0m, then: junk } }',
    '1:24 error wrong-value ^0m^ write 30s, 30m, 4h, 7d or 2w: m is minutes',
  ],
  [
    'spam: { down: { defer: 1m, then: defer } }',
    '1:34 error wrong-value ^defer^ one of deliver, junk, quarantine, discard, reject',
  ],
  ['virus: { unscannable: defer }', '1:23 error wrong-value ^defer^ one of deliver, junk, quarantine, discard, reject'],
  ['virus: { action: junk, text: No }', '1:30 error no-effect ^No^ nobody is told anything otherwise'],
  ['virus: { ignore: ["Heuristics.*", x], action: reject, text: 5.7.1 No }', ''],
  ['virus: { ignroe: x }', '1:10 error unknown-key ^ignroe^ did you mean "ignore"?'],
  ['attachments: { block: .exe }', '1:23 error wrong-value ^.exe^ write "*.exe"'],
  ['attachments: { block: [exe, "*.js", a.b, "???"] }', '1:24 warning never ^exe^ write "*.exe"'],
  ['attachments: { action: defer, text: 5.1.1 No }', '1:37 error wrong-value ^5.1.1 No^ its code begins with 4'],
  ['attachments: { encrypted: defer, ambiguous: junk, unreadable: deliver }', ''],
  ['quarantine: { notice: true, keep: 2w, mailbox: "quarantine+{local}@{domain}" }', ''],
  ['quarantine: { notice: yes }', '1:23 error wrong-value ^yes^ did you mean true?'],
  ['quarantine: { notice: no }', '1:23 error wrong-value ^no^ did you mean false?'],
  ['quarantine: { keep: 30 }', '1:21 error wrong-value ^30^ write 30s, 30m, 4h, 7d or 2w: m is minutes'],
  ['quarantine: off', '1:13 error wrong-type ^off^ its keys are notice, keep, mailbox'],
  ...['q', 'q@', '@x.example', '<q@x.example>', 'q@x.example,r@x.example', '{user}@x.example', 'a b@x.example'].map(
    mailbox =>
      [
        `quarantine: { mailbox: "${mailbox}" }`,
        `1:24 error wrong-value ^"${mailbox}"^ write an address in ASCII, as "quarantine+{local}@example.org"; {local} and {domain} are those of the recipient`,
      ] as const,
  ),
  ...['X-Spam-Score', 'x-spam-status', 'X-Virus-Status', 'X-LMTP-Gate'].map(
    name =>
      [
        `rules: [{ headers: { ${name}: b } }]`,
        `1:22 error header ^${name}^ use a name of your own, as X-Sorted-As`,
      ] as const,
  ),
  [
    'rules: [{ when: { subject: "Really?" }, then: junk }]',
    `1:28 warning pattern ^"Really?"^ for a question mark write an expression, as '/really\\?/'`,
  ],
  ['rules: [{ when: { from_name: ["a?b", "ab??", "*?", a], header: { X-A: "/a?/" } }, then: junk }]', ''],
  // What has its place in other files
  ['for: [a@b.example]', '1:1 error misplaced ^for^ the file is found by its name; for stands in groups'],
  [
    'enforce: { size: { max: 1K } }',
    '1:1 error misplaced ^enforce^ it stands in default.yaml, _domain.yaml and groups',
  ],
  ['bounce_guard: off', '1:1 error misplaced ^bounce_guard^ it stands in default.yaml and _domain.yaml'],
  // Values are what they look like
  ['junk_folder: no', ''],
  ['junk_folder: 007', ''],
  [
    'junk_folder: ~x',
    '1:14 error wrong-value ^~x^ write its name, as Junk or Lists.Postfix: no ~ in front, no dot or slash in front, at the end or beside another',
  ],
  ['"size": { "max": "5MB" }', ''],
  ['', ''],
  ['# nothing\n', ''],
  ['---\nat_worst: junk\n', ''],
  ['\ufeffat_worst: junk', ''],
  ['at_worst: junk\r\nsize: { max: 1K }\r\n', ''],
]

/** As `slips`, in files of other kinds. */
const elsewhere: readonly (readonly [Kind, string, ...string[]])[] = [
  ['site', 'for: [a@b.example]', '1:1 error misplaced ^for^ this file is for everybody'],
  ['group', 'at_worst: junk', '1:1 error no-value ^a^ name its members with for: [alice@example.org]'],
  ['group', 'for: ["abuse@*"]', '1:7 error wrong-value ^"abuse@*"^ write addresses, as alice@example.org'],
  ['group', 'for: ["*@x.example"]', '1:7 error wrong-value ^"*@x.example"^ write addresses, as alice@example.org'],
  ['group', 'for: ["a*@x.example"]', '1:7 error wrong-value ^"a*@x.example"^ write addresses, as alice@example.org'],
  ['group', 'for: [alice]', '1:7 error wrong-value ^alice^ write addresses, as alice@example.org'],
  ['group', 'for: [alice+x@x.example]', '1:7 error wrong-value ^alice+x@x.example^ use a rule with detail:'],
  ['group', 'for: [\'"john doe"@x.example\', john doe@x.example, _design@x.example]', ''],
  [
    'group',
    'for: alice@x.example\nbounce_guard: off',
    '2:1 error misplaced ^bounce_guard^ it stands in default.yaml and _domain.yaml',
  ],
  ['top group', 'for: ["abuse@*", a@x.example]', ''],
  [
    'top group',
    'for: ["*@x.example"]',
    '1:7 error wrong-value ^"*@x.example"^ write addresses, as alice@example.org or "abuse@*"',
  ],
  ['domain', 'for: [a@x.example]', '1:7 error wrong-value ^a@x.example^ write a domain, as "*@example.com"'],
  ['domain', 'enforce: { spam: { junk: 4 }, virus: { action: discard }, attachments: { block: "*.exe" } }', ''],
  [
    'domain',
    'enforce: { spam: off }',
    '1:18 error wrong-type ^off^ its keys are junk, quarantine, reject, discard, text, down, unscannable',
  ],
  [
    'domain',
    'enforce: { spam: { profile: p } }',
    '1:20 error misplaced ^profile^ the nearest file outside of enforce names the one profile that counts',
  ],
  [
    'domain',
    'enforce: { quarantine: { keep: 1d } }',
    '1:12 error unknown-key ^quarantine^ known are size, senders, attachments, spam, virus, rules, at_worst',
  ],
  [
    'domain',
    'enforce: { junk_folder: A }',
    '1:12 error unknown-key ^junk_folder^ known are size, senders, attachments, spam, virus, rules, at_worst',
  ],
  ['domain', 'enforce: { size: off }', '1:18 error wrong-type ^off^ its keys are max, text'],
  [
    'domain',
    'enforce: { rules: [{ then: junk, folder: A }] }',
    '1:20 error misplaced ^{ then: junk, folder: A }^ put the rule under rules',
    '1:42 warning no-effect ^A^ leave one of them out',
  ],
  ['domain', 'bounce_guard: on', '1:15 error wrong-value ^on^ one of quarantine, discard, off'],
]

describe('a policy file', () => {
  for (const [text, ...expected] of slips) check('person', text, expected)
  for (const [kind, text, ...expected] of elsewhere) check(kind, text, expected)

  it('shows a problem as its place, the line, a caret and the mend', () => {
    const text = 'size: { max: 1K }\nrules:\n  - { when: { detail: shop }, thn: reject }\n'
    const { findings } = readPolicyFile(new Source('rules/example.org/dave.yaml', text), 'person', '+')
    assert.deepEqual(findings.problems.map(formatProblem), [
      'rules/example.org/dave.yaml:3:31: error: unknown key "thn" in a rule [unknown-key]\n' +
        '  3 |   - { when: { detail: shop }, thn: reject }\n' +
        '    |                               ^^^ did you mean "then"?',
    ])
  })

  it('shows of a long line the piece around the place, and no control characters', () => {
    const text = `junk_folder: "\u001b[2J${'x'.repeat(3000)}"\nat_wurst: 1`
    const { findings } = readPolicyFile(new Source('a\nb.yaml', text), 'person', '+')
    const shown = findings.problems.map(formatProblem).join('\n')
    assert.doesNotMatch(shown, /[\x00-\x09\x0b-\x1f]/)
    assert.ok(shown.split('\n').every(line => line.length < 400))
  })

  it('stops after fifty errors, and says so', () => {
    const problems = (count: number) => {
      const text = Array.from({ length: count }, (_, i) => `key${i}: 1`).join('\n')
      return readPolicyFile(new Source('f', text), 'person', '+').findings.problems
    }
    assert.equal(problems(50).length, 50)
    assert.equal(problems(1000).length, 51)
    const last = problems(51).map(formatProblem).at(-1)
    assert.equal(last, 'f: error: of errors and of warnings the first 50 are shown [limit]\n  mend these first')
  })

  it('is read or refused, whatever is in it', () => {
    for (const piece of [
      '[',
      '{',
      '- ',
      '? ',
      'a: ',
      '{a: ',
      '*a ',
      '&a ',
      '!a ',
      '}',
      ']',
      'a:\n',
      '- x\n---\n',
      '"',
      "'",
      '|\n',
      'a: b\n',
      ' a:\n',
      '"x"',
      '\\',
      '\t',
      '#',
      ',',
      ':',
      '{a: b: ',
      '[? ',
      '%a\n',
      '\u0002',
      '\u001f',
      '\u0018',
      '[a: ',
    ])
      for (const before of ['', 'a: ', '- ', '['])
        readPolicyFile(new Source('f', before + piece.repeat(20_000 / piece.length)), 'person', '+')
  })
})

function check(kind: Kind, text: string, expected: readonly string[]): void {
  it(`${kind}: ${JSON.stringify(text.slice(0, 60))} → ${expected.map(each => each.slice(0, 60)).join('; ') || 'nothing'}`, () => {
    const { findings } = readPolicyFile(new Source('f.yaml', text), kind, '+')
    if (!findings.broken) assert.notEqual(schemaTakes(schemaOfKind(kind), text), false, 'the schema is stricter')
    const found = findings.problems.map(({ line, column, length, severity, code, excerpt = '', mend = '' }) =>
      `${line}:${column} ${severity} ${code} ^${excerpt.slice(column - 1, column - 1 + length)}^ ${mend}`.trimEnd(),
    )
    assert.deepEqual(
      found,
      expected.filter(each => each !== ''),
    )
  })
}
