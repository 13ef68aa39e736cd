/** Why something that the command line names cannot be used, in words. */

const words: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['ENOTDIR', 'there is no such file or folder'],
  ['ENOTDIR scandir', 'this is no folder'],
  ['EISDIR', 'this is a folder'],
  ['EACCES', 'it may not be read'],
])

/** One line; `path` stands in it. */
export function failureOf(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const call = error instanceof Error && 'syscall' in error ? String(error.syscall) : ''
  const message =
    words.get(`${code} ${call}`) ?? words.get(code) ?? (error instanceof Error ? error.message : String(error))
  return message.includes(path) ? message : `${path}: ${message}`
}
