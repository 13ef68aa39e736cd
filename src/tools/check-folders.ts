/** What `check` says about the folders that a gate writes to: found now, and not when it is started. */
import type { Config, Written } from '../config/config.ts'
import { problemAt, problemOf, type Problem } from '../decide/problem.ts'
import type { Tree } from '../decide/read/tree.ts'
import { shown } from '../decide/source-file.ts'
import { obstacleTo, type Obstacle } from './obstacle.ts'

/** `written`: where the folders are named, if they are; `obstacle`: to one of them. */
export function checkFolders(
  { file, spool, quarantine, decisions }: Config,
  written: Written | undefined,
  obstacle: (folder: string) => Obstacle | undefined = obstacleTo,
): readonly Problem[] {
  const folders = [
    { key: 'spool', folder: spool.folder, isNeeded: true },
    { key: 'quarantine', folder: quarantine.folder, isNeeded: true },
    // Without them the gate starts, and says so.
    ...(decisions === 'off' ? [] : [{ key: 'decisions', folder: decisions.folder, isNeeded: false }]),
  ]
  return folders.flatMap(({ key, folder, isNeeded }) => {
    const found = obstacle(folder)
    if (found === undefined) return []
    const { path, why, forUs } = found
    const message = `the folder of ${key} cannot be used: ${shown(path)} ${why}`
    // The configuration does not say which user the gate runs as, and systemd may make a folder before it starts it: what others may be able to do is no error.
    const severity = isNeeded && !forUs ? 'error' : 'warning'
    const mend = forUs
      ? 'let the user of the gate own it; if that is another one, run check as that one'
      : 'name another folder'
    const span = folderIn(written?.top, key)?.span
    if (written === undefined || span === undefined)
      return [{ ...problemOf(shown(file ?? folder), 'unwritable', message, mend), severity }]
    return [problemAt(written.source, span, severity, 'unwritable', message, mend)]
  })
}

/** `spool: { folder: var/spool }`, or `quarantine: var/quarantine` */
function folderIn(top: Tree | undefined, key: string): Tree | undefined {
  const value = valueOf(top, key)
  return value?.kind === 'table' ? valueOf(value, 'folder') : value
}

function valueOf(tree: Tree | undefined, key: string): Tree | undefined {
  return tree?.kind === 'table' ? tree.pairs.find(pair => pair.key.text === key)?.value : undefined
}
