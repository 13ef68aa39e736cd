/** A screen of `what-if` that keeps what is written on it. */
import type { Screen } from '../../src/tools/what-if/terminal.ts'

export class PaperScreen implements Screen {
  readonly isWatched: boolean
  out = ''
  err = ''
  readonly bars: string[] = []

  constructor(isWatched = false) {
    this.isWatched = isWatched
  }

  write(text: string): Promise<void> {
    this.out += text
    return Promise.resolve()
  }

  note(line: string): void {
    this.err += `${line}\n`
  }

  progress(line: string): void {
    if (line !== '') this.bars.push(line)
  }
}
