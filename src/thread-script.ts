/** Where the script of a worker thread is: beside the file that starts it, compiled or not. */

/**
 * `from`: `import.meta.url` of that file; `name` without ending. Run from source, the thread brings its loader with it: Node 20 gives a thread none
 * of those of the main thread.
 */
export function threadScript(from: string, name: string): URL {
  if (!from.endsWith('.ts')) return new URL(`./${name}.js`, from)
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const script = JSON.stringify(new URL(`./${name}.ts`, from).href)
  const source = `import { register } from ${loader}; register(); await import(${script})`
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`)
}
