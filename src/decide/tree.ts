/** The tree of policy files on disk: found by listing it, never by building a path from an address (rules/README.md). */
import { readdirSync, type Dirent } from 'node:fs'
import { join } from 'node:path'
import type { Slices } from '../slices.ts'
import { Persons, type Entries } from './persons.ts'
import { codeOf, isFolderStamp, isOpenFolder, leavingFolder, realPathIn, stampAt, type Stamp } from './stamp.ts'

/** `others`: what administrators write, `_*.yaml`, and folders that lie too deep. */
export type DomainFolder = { readonly path: string; readonly persons: Persons; readonly others: Entries }

/** `top`: policy files and folders at the root. `folders` by their names on disk. Not looked into: those that begin with `_`. */
export type Tree = {
  readonly root: string
  /** The root's own. */
  readonly stamp: Stamp
  readonly top: Entries
  readonly folders: ReadonlyMap<string, DomainFolder>
}

/** Names of what changed, below the root: `default.yaml`, `example.org`, `example.org/alice.yaml`. Undefined: it is gone. */
export type Changes = ReadonlyMap<string, Stamp | undefined>

/** If the root cannot be listed, its stamp says why and the tree is empty. `delimiters` part a detail from an address. */
export function* survey(root: string, delimiters: string): Slices<Tree> {
  const top = new Map<string, Stamp>()
  const folders = new Map<string, DomainFolder>()
  const entries = yield* entriesOf(root)
  if (typeof entries === 'string') return { root, stamp: entries, top, folders }
  for (const name of entries.keys()) {
    const { stamp, folder } = yield* lookAt(root, name, delimiters)
    if (stamp !== undefined) top.set(name, stamp)
    if (folder !== undefined) folders.set(name, folder)
  }
  return { root, stamp: stampAt(root) ?? '!ENOENT', top, folders }
}

/** What is there now under a name of `Changes`; of a domain's folder with all that is in it. */
export function* lookAt(
  root: string,
  name: string,
  delimiters: string,
): Slices<{ readonly stamp: Stamp | undefined; readonly folder?: DomainFolder }> {
  const stamp = stampBelow(root, name)
  if (!isDomainFolder(name, stamp)) return { stamp }
  const path = join(root, name)
  const entries = yield* entriesOf(path)
  return typeof entries === 'string' ? { stamp: entries } : { stamp, folder: folderOf(path, entries, delimiters) }
}

/** Undefined: there is nothing of that name, or nothing that counts. */
export function stampBelow(root: string, name: string): Stamp | undefined {
  const path = join(root, name)
  const stamp = stampAt(path)
  if (isDomainFolder(name, stamp) && leaves(root, path)) return leavingFolder
  return isFolderStamp(stamp) || isPolicyName(name) ? stamp : undefined
}

function isDomainFolder(name: string, stamp: Stamp | undefined): boolean {
  return isOpenFolder(stamp) && !name.includes('/') && !name.startsWith('_')
}

function folderOf(path: string, entries: Entries, delimiters: string): DomainFolder {
  const persons = new Map<string, Stamp>()
  const others = new Map<string, Stamp>()
  for (const [name, stamp] of entries) (isPerson(name, stamp) ? persons : others).set(name, stamp)
  return { path, persons: new Persons(path, persons, delimiters), others }
}

/** Whether a folder is a link that leads out; one that is gone by now does not. */
function leaves(root: string, path: string): boolean {
  try {
    return realPathIn(root, path) === undefined
  } catch {
    return false
  }
}

/** What was there when the tree was surveyed. */
export function listedIn(tree: Tree, name: string): Stamp | undefined {
  const [top = '', entry] = name.split('/')
  return entry === undefined ? tree.top.get(top) : stampInFolder(tree.folders.get(top), entry)
}

export function stampInFolder(folder: DomainFolder | undefined, entry: string): Stamp | undefined {
  return folder?.persons.entries.get(entry) ?? folder?.others.get(entry)
}

/** What is different in a newer survey. Of a folder that cannot be looked into any more nothing is known. */
export function changedNames(older: Tree, newer: Tree): string[] {
  const names = differing(older.top, newer.top)
  for (const name of new Set([...older.folders.keys(), ...newer.folders.keys()])) {
    const folder = newer.folders.get(name)
    if (folder === undefined && newer.top.has(name)) continue
    for (const entry of changedInFolder(older.folders.get(name), folder)) names.push(`${name}/${entry}`)
  }
  return names
}

/** Names in the folder. Undefined: it is not there. */
export function changedInFolder(older: DomainFolder | undefined, newer: DomainFolder | undefined): readonly string[] {
  const persons = differing(older?.persons.entries ?? nothing, newer?.persons.entries ?? nothing)
  const others = differing(older?.others ?? nothing, newer?.others ?? nothing)
  return [...new Set([...persons, ...others])]
}

/** The tree as it is after some of what changed. A folder that cannot be looked into any more stays as it was. */
export function withChanges(tree: Tree, changes: Changes, delimiters: string): Tree {
  const top = new Map(tree.top)
  const folders = new Map(tree.folders)
  const inFolders = new Map<string, Map<string, Stamp | undefined>>()
  for (const [name, stamp] of changes) {
    const [first = '', entry] = name.split('/')
    if (entry !== undefined)
      inFolders.set(first, (inFolders.get(first) ?? new Map<string, Stamp | undefined>()).set(entry, stamp))
    else if (stamp === undefined) {
      top.delete(first)
      folders.delete(first)
    } else {
      top.set(first, stamp)
      if (!isFolderStamp(stamp)) folders.delete(first)
      else if (isDomainFolder(first, stamp) && !folders.has(first))
        folders.set(first, folderOf(join(tree.root, first), nothing, delimiters))
    }
  }
  for (const [name, entries] of inFolders) {
    const folder = folders.get(name)
    if (folder !== undefined) folders.set(name, withEntries(folder, entries))
  }
  return { ...tree, top, folders }
}

function withEntries(
  { path, persons, others }: DomainFolder,
  changes: ReadonlyMap<string, Stamp | undefined>,
): DomainFolder {
  const changedPersons = new Map<string, Stamp | undefined>()
  const changedOthers = new Map(others)
  for (const [name, stamp] of changes) {
    const isOne = stamp !== undefined && isPerson(name, stamp)
    if (isOne || persons.entries.has(name)) changedPersons.set(name, isOne ? stamp : undefined)
    if (isOne || stamp === undefined) changedOthers.delete(name)
    else changedOthers.set(name, stamp)
  }
  return { path, persons: changedPersons.size === 0 ? persons : persons.with(changedPersons), others: changedOthers }
}

function isPerson(name: string, stamp: Stamp): boolean {
  return !name.startsWith('_') && isPolicyName(name) && !isFolderStamp(stamp)
}

function isPolicyName(name: string): boolean {
  return /\.ya?ml$/.test(name)
}

function differing(older: Entries, newer: Entries): string[] {
  const names: string[] = []
  for (const [name, stamp] of newer) if (older.get(name) !== stamp) names.push(name)
  for (const name of older.keys()) if (!newer.has(name)) names.push(name)
  return names
}

/** Policy files and folders with their stamps, without hidden ones; or the stamp of a folder that cannot be listed. */
function* entriesOf(folder: string): Slices<Entries | Stamp> {
  let entries: readonly Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    return `d!${codeOf(error)}`
  }
  const found = new Map<string, Stamp>()
  let looked = 0
  for (const entry of entries) {
    const { name } = entry
    if (name.startsWith('.') || !(isPolicyName(name) || entry.isDirectory() || entry.isSymbolicLink())) continue
    looked += 1
    if (looked % perSlice === 0) yield
    const stamp = stampAt(join(folder, name))
    if (stamp !== undefined && (isPolicyName(name) || isFolderStamp(stamp))) found.set(name, stamp)
  }
  return found
}

/** Each look at a file takes some microseconds. */
const perSlice = 256

const nothing: Entries = new Map()
