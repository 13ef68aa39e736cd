/** Writes cases as they come, so that none needs to be kept, and the report behind them. */
import { caseJson, caseLine, reportJson, reportText, type Findings } from './report.ts'
import type { Case } from './tally.ts'
import type { Screen } from './terminal.ts'

/** `work`: see `reportText`. */
export type Output = {
  begin(): Promise<void>
  cases(cases: readonly Case[]): Promise<void>
  end(findings: Findings, work: string): Promise<void>
}

export class TextOutput implements Output {
  readonly #screen: Screen

  constructor(screen: Screen) {
    this.#screen = screen
  }

  begin(): Promise<void> {
    return Promise.resolve()
  }

  cases(cases: readonly Case[]): Promise<void> {
    return this.#screen.write(cases.map(one => `${caseLine(one)}\n`).join(''))
  }

  end(findings: Findings, work: string): Promise<void> {
    return this.#screen.write(`${reportText(findings, work)}\n`)
  }
}

/** One object; with `list`, the cases are in it. */
export class JsonOutput implements Output {
  readonly #screen: Screen
  readonly #list: boolean
  #written = 0

  constructor(screen: Screen, list: boolean) {
    this.#screen = screen
    this.#list = list
  }

  begin(): Promise<void> {
    return this.#screen.write(`{\n${this.#list ? '  "cases": [' : ''}`)
  }

  cases(cases: readonly Case[]): Promise<void> {
    const texts = cases.map(one => `${this.#written++ === 0 ? '' : ','}\n    ${caseJson(one)}`)
    return this.#screen.write(texts.join(''))
  }

  end(findings: Findings): Promise<void> {
    const closing = this.#written === 0 ? '],\n' : '\n  ],\n'
    return this.#screen.write(`${this.#list ? closing : ''}${reportJson(findings)}\n`)
  }
}
