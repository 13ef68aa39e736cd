/** For tests of the quarantine: folders of their own, messages, entries, and disks that fail. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import * as disk from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { QuarantineEntry } from '../../src/deliver/quarantine.ts'
import type { Disk } from '../../src/deliver/quarantine/shelf.ts'
import type { Message } from '../../src/transaction.ts'
import type { Output } from '../../src/tools/quarantine/output.ts'
import { messageOf, recipientOf, senderOf } from './scripted-server.ts'

export const text = 'Subject: x\r\n\r\nhello\r\n'

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

export function entryFor(path: string, more: Partial<QuarantineEntry> = {}): QuarantineEntry {
  const message: Message = messageOf([text])
  return {
    message,
    sender: senderOf('s@example.org', ['SIZE=10']),
    recipient: recipientOf(path, ['NOTIFY=NEVER']),
    client: undefined,
    reason: { step: 'rules', words: 'rule 2' },
    place: { file: 'rules/default.yaml', line: 3, column: 5 },
    transaction: 't1',
    ...more,
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

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
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
