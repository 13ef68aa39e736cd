/** Puts results into a page, between its two marks. */

const marks = ['<!-- results: npm run bench -- --publish -->', '<!-- end of results -->'] as const

/** The page with other results. Throws if it has not both marks. */
export function withResults(page: string, results: string): string {
  const [from, to] = marks.map(mark => page.indexOf(mark))
  if (from === undefined || to === undefined || from < 0 || to < from) throw new Error(`no ${marks.join(' … ')}`)
  return `${page.slice(0, from + marks[0].length)}\n\n${results}\n\n${page.slice(to)}`
}
