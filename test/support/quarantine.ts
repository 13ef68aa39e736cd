/** For tests of the quarantine: folders of their own, messages, entries, and disks that fail. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import * as disk from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Disk } from '../../src/deliver/quarantine/files.ts'
import type { Output } from '../../src/tools/quarantine/output.ts'

/** A folder that is not there yet, below one that is not there either; gone after the tests of the file. */
export function quarantineFolders(): () => string {
  const base = mkdtempSync(join(tmpdir(), 'lmtp-gate-quarantine-'))
  after(() => rmSync(base, { recursive: true }))
  let folders = 0
  return () => {
    folders += 1
    return join(base, String(folders), 'quarantine')
  }
}

/** Names in the folder, sorted; none if it is not there. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

export async function all<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

export function failing(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** A disk on which everything at a path that `isBad` names fails so. */
export function brokenAt(
  step: 'appendFile' | 'sync' | 'rename' | 'mkdir' | 'rm' | 'link' | 'open',
  isBad: (path: string) => boolean,
  code = 'ENOSPC',
): Disk {
  const bad = (path: unknown) => isBad(String(path))
  const fail = () => Promise.reject(failing(code))
  return {
    ...disk,
    mkdir: ((path: string, options: object) =>
      step === 'mkdir' && bad(path) ? fail() : disk.mkdir(path, options)) as Disk['mkdir'],
    rename: (from, to) => (step === 'rename' && bad(to) ? fail() : disk.rename(from, to)),
    link: (from, to) => (step === 'link' && bad(to) ? fail() : disk.link(from, to)),
    rm: (path, options) => (step === 'rm' && bad(path) ? fail() : disk.rm(path, options)),
    open: async (path, flags, mode) => {
      if (step === 'open' && bad(path)) return fail()
      const file = await disk.open(path, flags, mode)
      if ((step === 'appendFile' || step === 'sync') && bad(path)) file[step] = fail
      return file
    },
  }
}

export type Written = Output & { readonly lines: string[]; readonly complaints: string[]; given: Buffer }

/** What a command writes, for looking at. `closedAfter`: lines after which nobody reads any more. */
export function written({ isTerminal = false, closedAfter = Infinity } = {}): Written {
  const lines: string[] = []
  const complaints: string[] = []
  return {
    lines,
    complaints,
    given: Buffer.alloc(0),
    line(line) {
      lines.push(line)
      return Promise.resolve()
    },
    octets(bytes) {
      this.given = Buffer.concat([this.given, bytes])
      return Promise.resolve()
    },
    complain: line => complaints.push(line),
    get isClosed() {
      return lines.length >= closedAfter
    },
    isTerminal,
  }
}

/** A disk of a process that dies at its `n`th call, counted from 1: that one and all later ones never come back. `died` resolves then; `bury` closes its files. */
export function dyingAt(n: number): { readonly files: Disk; readonly died: Promise<void>; bury(): Promise<void> } {
  const opened: disk.FileHandle[] = []
  let calls = 0
  let die: () => void = () => undefined
  const died = new Promise<void>(resolve => (die = resolve))
  const alive = async <T>(task: () => Promise<T>): Promise<T> => {
    calls += 1
    if (calls < n) return await task()
    die()
    return await new Promise<never>(() => undefined)
  }
  const files: Disk = {
    ...disk,
    mkdir: ((path: string, options: object) => alive(() => disk.mkdir(path, options))) as Disk['mkdir'],
    rename: (from, to) => alive(() => disk.rename(from, to)),
    link: (from, to) => alive(() => disk.link(from, to)),
    // As the real one: first what is in it, then the folder.
    rm: async (path, options) => {
      for (const name of namesIn(String(path))) await alive(() => disk.rm(join(String(path), name), options))
      await alive(() => disk.rm(path, options))
    },
    open: async (path, flags, mode) => {
      const file = await alive(() => disk.open(path, flags, mode))
      opened.push(file)
      const [append, sync] = [file.appendFile.bind(file), file.sync.bind(file)]
      file.appendFile = data => alive(() => append(data))
      file.sync = () => alive(() => sync())
      return file
    },
  }
  const bury = async (): Promise<void> => {
    for (const file of opened) await file.close().catch(() => undefined)
  }
  return { files, died, bury }
}
