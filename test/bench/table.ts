/** Results as a table for people. */
import type { Case } from './cases.ts'
import type { Result } from './speed.ts'
import type { TargetName } from './targets.ts'

/** One line per load: rates, the gate's ratio to the others, processor time per message, and whether the aim was met. */
export function table(cases: readonly Case[], results: readonly Result[]): string {
  const head = [
    '',
    'no proxy /s',
    'lmtp-gate /s',
    'Dovecot proxy /s',
    '÷ no proxy',
    '÷ Dovecot',
    'µs gate',
    'µs Dovecot',
    'aim',
  ]
  return layOut([head, ...cases.map(work => line(work, results))])
}

function line(work: Case, results: readonly Result[]): readonly string[] {
  const of = (name: TargetName): Result | undefined =>
    results.find(result => result.case === work.name && result.target === name)
  const [none, gate, dovecot] = [of('no proxy'), of('lmtp-gate'), of('Dovecot proxy')]
  return [
    work.name,
    ...[none, gate, dovecot].map(result => whole(result?.rate)),
    times(ratio(gate, none)),
    times(ratio(gate, dovecot)),
    whole(gate?.processor),
    whole(dovecot?.processor),
    verdict(work, ratio(gate, dovecot)),
  ]
}

function verdict({ aim }: Case, reached: number | undefined): string {
  if (aim === undefined) return '–'
  if (reached === undefined) return `${aim} ×: not measured`
  return `${aim} ×: ${reached >= aim ? 'met' : 'MISSED'}`
}

function ratio(one: Result | undefined, other: Result | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one.rate / other.rate
}

function whole(value: number | undefined): string {
  return value === undefined ? '–' : String(Math.round(value))
}

function times(value: number | undefined): string {
  return value === undefined ? '–' : `${value.toFixed(2)} ×`
}

/** The first column to the left, the others to the right. */
function layOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const cell = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  return rows.map(row => row.map(cell).join('  ').trimEnd()).join('\n')
}
