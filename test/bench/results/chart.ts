/** The bars as a picture: how far each was passed or missed. */
import { isMet, reached, type Row } from '../row.ts'

const lineHeight = 22
const left = 380
const width = 900
const right = 130
const top = 60
/** Passed by so much, or missed, is as far as the picture goes. */
const most = 8

/** An SVG document. Only rows with a bar are drawn; the scale is logarithmic, and the bar itself is the line in the middle. */
export function chart(rows: readonly Row[], caption: string): string {
  const drawn = rows.filter(row => row.bar !== undefined)
  const height = top + drawn.length * lineHeight + 20
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="22" font-size="15" font-weight="bold">lmtp-gate: how far each bar is passed or missed</text>`,
    `<text x="12" y="42" fill="#555555">${escape(caption)}</text>`,
    ...drawn.map((row, i) => line(row, top + i * lineHeight)),
    `<line x1="${place(1)}" y1="${top - 8}" x2="${place(1)}" y2="${height - 16}" stroke="#222222"/>`,
    '</svg>',
    '',
  ].join('\n')
}

/** Above 1: passed. */
export function margin(row: Row): number {
  if (row.bar === undefined) return NaN
  const value = reached(row)
  return row.bar.kind === 'at least' ? value / row.bar.value : (row.bar.value + small) / (Math.max(value, 0) + small)
}

/** A bar may be nothing at all. */
const small = 1e-9

function line(row: Row, y: number): string {
  const at = place(margin(row))
  const from = Math.min(at, place(1))
  const colour = isMet(row) === true ? '#2e7d32' : '#c62828'
  const length = Math.max(1, Math.abs(at - place(1)))
  const name = row.beside === undefined ? row.work : `${row.work}, ${row.quantity}, beside ${row.beside.name}`
  return [
    `<text x="${left - 8}" y="${y + 12}" text-anchor="end" font-size="12">${escape(short(name))}</text>`,
    `<rect x="${round(from)}" y="${y + 1}" width="${round(length)}" height="${lineHeight - 8}" fill="${colour}"/>`,
    `<text x="${width - right + 8}" y="${y + 12}" font-size="12">${times(margin(row))}</text>`,
  ].join('\n')
}

function place(factor: number): number {
  const bounded = Math.min(most, Math.max(1 / most, Number.isNaN(factor) ? 1 / most : factor))
  return left + ((Math.log(bounded) / Math.log(most) + 1) / 2) * (width - left - right)
}

function times(factor: number): string {
  if (Number.isNaN(factor)) return 'not measured'
  return factor > most ? `over ${most} ×` : `${round(factor)} × the bar`
}

function short(name: string): string {
  return name.length > 58 ? `${name.slice(0, 57)}…` : name
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
