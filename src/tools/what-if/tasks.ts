/** What there is to look at: messages in files and folders, and files of decisions, cut into tasks of which each takes a moment. */
import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isSegment } from '../../watch/decisions/segments.ts'
import { failureOf } from '../failure.ts'

/** Some messages; or the lines of a file of decisions that begin in some part of it, in octets. */
export type Task =
  | { readonly kind: 'messages'; readonly paths: readonly string[] }
  | { readonly kind: 'decisions'; readonly path: string; readonly from: number; readonly to: number }

/** `failures`: sentences about what cannot be looked at. */
export type Tasks = { readonly tasks: readonly Task[]; readonly failures: readonly string[] }

const messagesAtATime = 16
const octetsAtATime = 1024 * 1024

/**
 * Folders with all that is in them, in order of name. Of a Maildir, what is delivered (`cur`, `new`, and folders beside them); elsewhere every file but those whose
 * names begin with a dot. Files that are called as the gate calls files of decisions are such.
 */
export async function tasksIn(paths: readonly string[]): Promise<Tasks> {
  const failures: string[] = []
  const files: string[] = []
  for (const path of paths) await collect(path, files, failures)
  const messages = files.filter(file => !isSegment(basename(file)))
  const tasks: Task[] = []
  for (let at = 0; at < messages.length; at += messagesAtATime)
    tasks.push({ kind: 'messages', paths: messages.slice(at, at + messagesAtATime) })
  for (const path of files.filter(file => isSegment(basename(file)))) {
    const size = await sizeOf(path, failures)
    for (let from = 0; from < size; from += octetsAtATime)
      tasks.push({ kind: 'decisions', path, from, to: Math.min(size, from + octetsAtATime) })
  }
  return { tasks, failures }
}

async function collect(path: string, files: string[], failures: string[]): Promise<void> {
  try {
    if ((await stat(path)).isDirectory()) await collectFolder(path, files, failures)
    else files.push(path)
  } catch (error) {
    failures.push(failureOf(path, error))
  }
}

async function collectFolder(folder: string, files: string[], failures: string[]): Promise<void> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))
  const isFolder = (name: string) => entries.some(entry => entry.name === name && entry.isDirectory())
  const isMaildir = isFolder('cur') && isFolder('new')
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      // In `tmp` lies what is being delivered.
      if (!(isMaildir && entry.name === 'tmp'))
        await collectFolder(path, files, failures).catch((error: unknown) => failures.push(failureOf(path, error)))
    } else if (!isMaildir && !entry.name.startsWith('.')) await collectFile(entry, path, files, failures)
  }
}

/** A link to a folder may lead in a circle. */
async function collectFile(entry: Dirent, path: string, files: string[], failures: string[]): Promise<void> {
  if (entry.isFile()) {
    files.push(path)
    return
  }
  try {
    const found = await stat(path)
    if (found.isDirectory()) failures.push(`${path}: a link to a folder is not followed: name the folder itself`)
    else files.push(path)
  } catch (error) {
    failures.push(failureOf(path, error))
  }
}

async function sizeOf(path: string, failures: string[]): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    failures.push(failureOf(path, error))
    return 0
  }
}
