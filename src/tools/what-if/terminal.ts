/** Where `what-if` writes: the report to standard output, all else to standard error, and a bar while somebody watches. */

export type Screen = {
  /** Whether standard output is a terminal. */
  readonly isWatched: boolean
  /** To standard output, as fast as it is read. Rejects when nobody reads any more. */
  write(text: string): Promise<void>
  /** To standard error, one line. */
  note(line: string): void
  /** Takes the place of the one before; '' takes it away. */
  progress(line: string): void
}

export function terminal(): Screen {
  const { stdout, stderr } = process
  let shown = ''
  const progress = (line: string): void => {
    if (!stderr.isTTY || line === shown) return
    shown = line
    stderr.write(`\r\x1b[K${line}`)
  }
  // Who reads the list with `head` is not to see how that ends.
  stdout.on('error', () => undefined)
  return {
    isWatched: stdout.isTTY,
    write: text => new Promise((resolve, reject) => stdout.write(text, error => (error ? reject(error) : resolve()))),
    note(line) {
      progress('')
      stderr.write(`${line}\n`)
    },
    progress,
  }
}
