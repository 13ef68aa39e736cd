/** The scanners of a transcript. */
import { ScriptedScanner } from './scripted-scanner.ts'
import type { ScannerName } from './scripted-scanner.ts'

export class ScriptedScanners {
  readonly #all: readonly ScriptedScanner[]

  private constructor(all: readonly ScriptedScanner[]) {
    this.#all = all
  }

  static async listen(names: readonly ScannerName[]): Promise<ScriptedScanners> {
    const all = names.map(name => new ScriptedScanner(name))
    for (const scanner of all) await scanner.listen()
    return new ScriptedScanners(all)
  }

  /** Keys of lmtp-gate.yaml. */
  settings(): readonly (readonly [key: string, value: string])[] {
    return this.#all.map(({ name, place }) => [`scanners.${name}`, place])
  }

  at(name: ScannerName): ScriptedScanner {
    const scanner = this.#all.find(each => each.name === name)
    if (scanner === undefined) throw new Error(`there is no ${name}: write "scanner ${name}" at the top`)
    return scanner
  }

  /** Throws if a scan waits that nobody expected. */
  surplus(): void {
    for (const { name, waiting } of this.#all)
      if (waiting > 0) throw new Error(`${name} got more than expected: ${waiting} scans`)
  }

  close(): void {
    for (const scanner of this.#all) scanner.close()
  }
}
