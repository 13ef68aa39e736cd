/** Rows of text in columns of fixed width, for terminals of 100 columns and for files. */

/** `wide`: characters of each column; longer texts go on in the next line, at blanks where there are some, as does what stands behind a newline. */
export function table(wide: readonly number[], head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = wide.map(width => '-'.repeat(width))
  return textRows(wide, [head, rule, ...rows])
}

/** The same without a head. */
export function textRows(wide: readonly number[], rows: readonly (readonly string[])[]): string {
  return rows.flatMap(row => lines(wide, row)).join('\n')
}

const margin = '  '

function lines(wide: readonly number[], row: readonly string[]): string[] {
  const cells = wide.map((width, column) => (row[column] ?? '').split('\n').flatMap(text => wrap(text, width)))
  const height = Math.max(...cells.map(cell => cell.length))
  return Array.from({ length: height }, (_, line) =>
    wide
      .map((width, column) => `${margin}${(cells[column]?.[line] ?? '').padEnd(width)}`)
      .join('')
      .trimEnd(),
  )
}

function wrap(text: string, width: number): string[] {
  const made: string[] = []
  let rest = text
  while (rest.length > width) {
    const blank = rest.lastIndexOf(' ', width)
    const at = blank > 0 ? blank : width
    made.push(rest.slice(0, at))
    rest = rest.slice(at).trimStart()
  }
  return [...made, rest]
}
