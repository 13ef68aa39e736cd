/** Results as a table, for the screen or as Markdown. */
import { isMet, reached, type Row } from '../row.ts'
import { median } from '../statistics.ts'

export function screenTable(rows: readonly Row[]): string {
  const cells = [head, ...rows.map(cellsOf)]
  const widths = head.map((_, column) => Math.max(...cells.map(line => line[column]?.length ?? 0)))
  const pad = (text: string, column: number): string =>
    isText(column) ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  return cells.map(line => line.map(pad).join('  ').trimEnd()).join('\n')
}

export function markdownTable(rows: readonly Row[]): string {
  const rule = head.map((_, column) => (isText(column) ? '---' : '--:'))
  const bold = (line: readonly string[]): string[] =>
    line.map((cell, column) => (column === head.length - 1 && cell === missed ? `**${cell}**` : cell))
  return [head, rule, ...rows.map(row => bold(cellsOf(row)))].map(line => `| ${line.join(' | ')} |`).join('\n')
}

const head = ['work', 'measured', 'lmtp-gate', 'beside', '', 'result', 'bar', ''] as const
const missed = 'missed'

function isText(column: number): boolean {
  return [0, 1, 3, 7].includes(column)
}

function cellsOf(row: Row): readonly string[] {
  const { work, quantity, ours, beside, as, bar } = row
  const sign = as === 'ratio' ? ' ×' : ''
  const met = isMet(row)
  return [
    work,
    quantity,
    figure(median(ours)),
    beside?.name ?? '',
    beside === undefined ? '' : figure(median(beside.samples)),
    `${figure(reached(row))}${sign}`,
    bar === undefined ? '' : `${bar.kind === 'at least' ? '≥' : '≤'} ${bar.value}${sign}`,
    met === undefined ? '' : met ? 'met' : missed,
  ]
}

/** Three digits that count, and all of a larger number. */
export function figure(value: number): string {
  if (Number.isNaN(value)) return '–'
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return String(Math.round(value))
  return String(Number(value.toPrecision(3)))
}
