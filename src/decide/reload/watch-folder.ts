/** Word of changes in a folder from the operating system. */
import { watch } from 'node:fs'

/** `name` undefined: something in the folder. */
export type WatchFolder = (
  path: string,
  onChange: (name: string | undefined) => void,
  onError: (error: unknown) => void,
) => () => void

/** Links are followed. Throws if the folder cannot be watched. What happens in folders within it is not told. */
export const watchFolder: WatchFolder = (path, onChange, onError) => {
  const watcher = watch(path, { persistent: false }, (_, name) => onChange(name ?? undefined))
  watcher.on('error', onError)
  return () => watcher.close()
}
