/** Scenarios in one readable file each: a command, the files it finds, and what it prints. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `words`: the command line behind `lmtp-gate`. */
export type Scenario = {
  readonly name: string
  readonly path: string
  readonly words: readonly string[]
  readonly files: ReadonlyMap<string, string>
  readonly shown: string
}

const folder = fileURLToPath(new URL('../golden/', import.meta.url))

/** Those of one command, in order of name. */
export function scenarios(command: string): readonly Scenario[] {
  return readdirSync(join(folder, command))
    .filter(file => file.endsWith('.txt'))
    .sort()
    .map(file => read(join(folder, command, file), file.replace(/\.txt$/, '')))
}

/** `# why`, `$ lmtp-gate command …`, `--- file` and its lines, `--- shows` and what is printed, the exit code last. */
function read(path: string, name: string): Scenario {
  const [head = '', ...parts] = readFileSync(path, 'utf8').split(/^--- /m)
  const command = /^\$ lmtp-gate (.*)$/m.exec(head)?.[1]
  if (command === undefined) throw new Error(`${path}: no command`)
  const sections = parts.map((part): [string, string] => {
    const end = part.indexOf('\n')
    return [part.slice(0, end), part.slice(end + 1)]
  })
  const files = new Map(sections.filter(([file]) => file !== 'shows'))
  const shown = sections.find(([file]) => file === 'shows')?.[1] ?? ''
  const words = Array.from(command.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? '')
  return { name, path, words, files, shown }
}

/** Runs `task` in a folder with the scenario's files, and gives what it printed. With GOLDEN=write that becomes what is right. */
export async function play(
  { path, files, shown }: Scenario,
  task: () => Promise<{ readonly out: string; readonly err: string; readonly exitCode: number }>,
): Promise<{ readonly actual: string; readonly expected: string }> {
  const before = process.cwd()
  const place = mkdtempSync(join(tmpdir(), 'lmtp-gate-golden-'))
  try {
    for (const [file, text] of files) {
      mkdirSync(dirname(join(place, file)), { recursive: true })
      writeFileSync(join(place, file), withEscapes(text))
    }
    // Worker threads look for the loader of TypeScript from here.
    symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(place, 'node_modules'))
    process.chdir(place)
    const { out, err, exitCode } = await task()
    const actual = `${[err, out].filter(text => text !== '').join('\n')}\n(exit code ${exitCode})\n`.replaceAll(
      place,
      '.',
    )
    if (process.env['GOLDEN'] === 'write') {
      writeFileSync(
        path,
        readFileSync(path, 'utf8')
          .replace(/^--- shows\n[^]*|$(?![^])/m, '')
          .trimEnd() + `\n--- shows\n${actual}`,
      )
      return { actual, expected: actual }
    }
    return { actual, expected: shown }
  } finally {
    process.chdir(before)
    rmSync(place, { recursive: true, force: true })
  }
}

/** `\x1b` and `\u{202e}` are written out, so that no editor takes them amiss. */
function withEscapes(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})|\\u\{([0-9a-f]+)\}/g, (_, byte?: string, point?: string) =>
    String.fromCodePoint(parseInt(byte ?? point ?? '', 16)),
  )
}
