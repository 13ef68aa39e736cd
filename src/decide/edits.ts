/** How a delivered copy differs from what came: headers that speak of facts and action, never of threshold, rule or file. */
import type { Fact, Facts, SpamReport, VirusReport } from './facts.ts'
import type { Policy, Virus } from './policy.ts'
import type { Choice } from './steps/choose.ts'
import { noEdits } from './verdict.ts'
import type { Edits } from './verdict.ts'
import { namesText, plainName, scoreText, virusesIn } from './words.ts'

type Header = Edits['headers'][number]

/** Undefined: which rules edit, or a fact that goes into a header, is not certain yet. */
export function editsOf(
  action: 'deliver' | 'junk',
  { editing, told }: Choice,
  facts: Facts,
  policy: Policy,
): Edits | undefined {
  const others = policy.enforce
  const asksSpam = policy.spam !== undefined || others.some(asked => asked.spam !== undefined)
  const asksViruses = policy.virus !== undefined || others.some(asked => asked.virus !== undefined)
  const spam = asksSpam ? spamHeaders(facts.spam, action) : none
  const virus = asksViruses ? virusHeaders(facts.virus, virusSectionsOf(policy)) : none
  if (editing === undefined || spam === undefined || virus === undefined) return undefined
  const flag = action === 'junk' ? [{ name: 'X-Spam-Flag', text: 'YES' }] : none
  const reason = action === 'junk' && told !== undefined ? [{ name: 'X-Lmtp-Gate', text: `junk (${told})` }] : none
  const folder = action === 'junk' ? policy.junkFolder : editing.find(rule => rule.folder !== undefined)?.folder
  return {
    headers: firstOfEach([...flag, ...spam, ...virus, ...reason, ...editing.flatMap(rule => rule.headers)]),
    omit: policy.writes,
    folder: folder?.toUpperCase() === 'INBOX' ? undefined : folder,
  }
}

const none: readonly Header[] = []

function virusSectionsOf({ virus, enforce }: Policy): readonly Virus[] {
  return [virus, ...enforce.map(asked => asked.virus)].filter(section => section !== undefined)
}

/** Whoever looks through a quarantine mailbox wants to know why a message is there. On the disk it stands beside the message. */
export function keptEdits({ told }: Choice, { keeping }: Policy): Edits {
  if (keeping.mailbox === undefined || told === undefined) return noEdits
  return { ...noEdits, headers: [{ name: 'X-Lmtp-Gate', text: `quarantine (${told})` }] }
}

function spamHeaders(spam: Fact<SpamReport>, action: 'deliver' | 'junk'): readonly Header[] | undefined {
  switch (spam.state) {
    case 'pending':
      return undefined
    case 'unknown':
      return [{ name: 'X-Spam-Status', text: `Unknown, ${spam.why.kind}` }]
    case 'known': {
      const score = scoreText(spam.value.score)
      return [
        { name: 'X-Spam-Score', text: score },
        { name: 'X-Spam-Status', text: `${action === 'junk' ? 'Yes' : 'No'}, score=${score}` },
      ]
    }
  }
}

function virusHeaders(virus: Fact<VirusReport>, sections: readonly Virus[]): readonly Header[] | undefined {
  switch (virus.state) {
    case 'pending':
      return undefined
    case 'unknown':
      return [{ name: 'X-Virus-Status', text: `Not scanned (${plainName(virus.why.words)})` }]
    case 'known': {
      const counting = sections.flatMap(({ ignore }) => virusesIn(virus.value, ignore))
      const names = virus.value.found.filter(name => counting.includes(name))
      return [{ name: 'X-Virus-Status', text: names.length === 0 ? 'Clean' : `Infected (${namesText(names)})` }]
    }
  }
}

function firstOfEach(headers: readonly Header[]): readonly Header[] {
  if (headers.length < 2) return headers
  const first = new Map<string, Header>()
  for (const header of headers) {
    const name = header.name.toLowerCase()
    if (!first.has(name)) first.set(name, header)
  }
  return [...first.values()]
}
