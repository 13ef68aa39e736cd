/** The text of a policy file on disk: small, whole, and never one outside of the tree. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { relative } from 'node:path'
import { problemOf, Source, type Problem } from './problem.ts'
import { codeOf, realPathIn, stampAt, stampOf, type Stamp } from './stamp.ts'

/** Why there is no text. `changing`: on disk is not the version that was asked for. */
export type Unread = { readonly problem: Problem; readonly changing: boolean }

const maxSize = 256 * 1024

/** `root` is the folder that it must not leave; with `version`, that version of the file or none. */
export function readSource(root: string, path: string, version?: Stamp): { readonly source: Source } | Unread {
  const file = shown(path)
  try {
    const read = readWithin(root, path, file, version)
    if (read instanceof Source) return { source: read }
    if (read !== undefined && isStill(path, version)) return { problem: read, changing: false }
  } catch (error) {
    const problem =
      error instanceof TypeError
        ? problemOf(file, 'unreadable', 'this file is not in UTF-8')
        : problemOf(file, 'unreadable', `this file cannot be read: ${codeOf(error)}`)
    if (isStill(path, version)) return { problem, changing: false }
  }
  return { problem: problemOf(file, 'unreadable', 'this file is being changed', 'save it once more'), changing: true }
}

/** Undefined: it is not that version. */
function readWithin(
  root: string,
  path: string,
  file: string,
  version: Stamp | undefined,
): Source | Problem | undefined {
  const real = realPathIn(root, path)
  if (real === undefined)
    return problemOf(file, 'link', 'this link leaves the folder of the rules', 'copy what it points to')
  // A pipe would wait for its writer, and the real path ends in no link unless it was put there just now.
  const fd = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const before = fstatSync(fd)
    if (!before.isFile()) return problemOf(file, 'unreadable', 'this is no regular file')
    if (before.size > maxSize) return problemOf(file, 'limit', `this file has more than ${maxSize / 1024} KB`)
    const bytes = Buffer.alloc(before.size)
    const length = readSync(fd, bytes)
    const after = stampOf(fstatSync(fd))
    if (length < before.size || after !== stampOf(before) || after !== (version ?? after)) return undefined
    return new Source(file, new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } finally {
    closeSync(fd)
  }
}

function isStill(path: string, version: Stamp | undefined): boolean {
  return version === undefined || stampAt(path) === version
}

/** A path for people: from the working folder where it lies in it. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' || short.startsWith('..') ? path : short
}
