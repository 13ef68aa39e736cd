/** Where the worker's script is: beside this file, compiled or not. */

/** Run from source, the worker brings its loader with it: Node 20 gives a worker none of those of the main thread. */
export function workerScript(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./worker.js', import.meta.url)
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const script = JSON.stringify(new URL('./worker.ts', import.meta.url).href)
  const source = `import { register } from ${loader}; register(); await import(${script})`
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`)
}
