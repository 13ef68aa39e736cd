/** The version of the package we belong to. */
import { readFileSync } from 'node:fs'

export const version = versionIn(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

function versionIn(text: string): string {
  const found: unknown = JSON.parse(text)
  const hasVersion = typeof found === 'object' && found !== null && 'version' in found
  return hasVersion ? String(found.version) : 'unknown'
}
