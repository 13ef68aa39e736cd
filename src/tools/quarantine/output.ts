/** Where the quarantine commands write: no faster than the reader reads, so that nothing piles up. */

export type Output = {
  /** A line. */
  line(text: string): Promise<void>
  octets(bytes: Uint8Array): Promise<void>
  /** A line about what went wrong. */
  complain(text: string): void
  /** Nobody reads any more, as in `list | head`. */
  readonly isClosed: boolean
  /** What is written is shown as it is. */
  readonly isTerminal: boolean
}

export function standardOutput(): Output {
  const { stdout, stderr } = process
  let isClosed = false
  stdout.on('error', () => (isClosed = true))
  const write = (data: string | Uint8Array): Promise<void> =>
    new Promise(resolve => {
      if (isClosed) resolve()
      else stdout.write(data, () => resolve())
    })
  return {
    line: text => write(`${text}\n`),
    octets: write,
    complain: text => stderr.write(`${text}\n`),
    get isClosed() {
      return isClosed
    },
    isTerminal: stdout.isTTY,
  }
}
