/** How far it is, for those who watch. */
import { systemClock } from '../../clock.ts'
import type { Task } from './tasks.ts'
import type { Screen } from './terminal.ts'

/** Milliseconds from one bar to the next. */
const pace = 100

/** The bar while it goes on. */
export class Progress {
  readonly #screen: Screen
  readonly #all: number
  #done = 0
  #shown = 0

  constructor(tasks: readonly Task[], screen: Screen) {
    this.#screen = screen
    this.#all = tasks.reduce((sum, task) => sum + weightOf(task), 0)
  }

  done(task: Task): void {
    this.#done += weightOf(task)
    const now = systemClock.date().getTime()
    if (now - this.#shown < pace) return
    this.#shown = now
    const part = this.#done / this.#all
    this.#screen.progress(`${barText(part)} ${Math.floor(part * 100)} %`)
  }

  clear(): void {
    this.#screen.progress('')
  }
}

/** In messages, or as many decisions. */
function weightOf(task: Task): number {
  return task.kind === 'messages' ? task.paths.length : (task.to - task.from) / 16_384
}

/** `[#####               ]` */
export function barText(part: number): string {
  return `[${'#'.repeat(Math.floor(part * 20)).padEnd(20)}]`
}
