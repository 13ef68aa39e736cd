/** `lmtp-gate check`: the configuration and every policy file, and all that is wrong in them. */
import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { abilitiesOf } from '../assess/sources.ts'
import { systemClock } from '../clock.ts'
import { findConfig, loadConfig, type Config, type LoadedConfig } from '../config/config.ts'
import { dayOf } from '../decide/facts.ts'
import { shown } from '../decide/source-file.ts'
import { problemOf } from '../decide/problem.ts'
import { checkFolders } from './check-folders.ts'
import { checkRules, inOrder } from './check.ts'
import { exitCodeOf, reportJson, reportText, type Found } from './check-report.ts'

/** `files`: what is told is about these alone; none: about all. */
export type CheckOptions = { readonly strict: boolean; readonly json: boolean; readonly files: readonly string[] }

/** `heading`: what was looked at, for standard error; '' where the command line names it. */
export type CheckAnswer = { readonly heading: string; readonly text: string; readonly exitCode: 0 | 1 }

/** `named`: the configuration, as given on the command line. */
export function check(named: string | undefined, { strict, json, files }: CheckOptions): CheckAnswer {
  const folder = process.cwd()
  const file = findConfig(named, folder)
  const loaded = loadConfig(file, folder)
  const found = findAll(file, loaded, files)
  const rules = configOf(loaded)?.rules ?? 'not known'
  return {
    heading: files.length > 0 ? '' : `configuration: ${file ?? 'none'}, rules: ${rules}\n`,
    text: json ? reportJson(found, folder) : reportText(found),
    exitCode: exitCodeOf(found, strict),
  }
}

function findAll(file: string | undefined, loaded: LoadedConfig, asked: readonly string[]): Found {
  const config = configOf(loaded)
  const wrong = 'problems' in loaded ? loaded.problems : loaded.warnings
  const configured = file === undefined ? [] : [shown(file)]
  if (config === undefined)
    return { problems: wrong, files: configured, stopped: [], waiting: [], configuration: 'unreadable' }
  const { rules, recipientDelimiter, limits, scanners, trustAuthserv } = config
  const names = asked.map(one => nameOf(resolve(one), file, rules))
  const only = asked.length === 0 ? undefined : new Set(names)
  const isAsked = (name: string) => only?.has(name) !== false
  const checked = checkRules(rules, {
    recipientDelimiter,
    messageLimit: limits.message,
    today: dayOf(systemClock.date()),
    // What a broken configuration lacks may be what is broken in it.
    abilities: 'problems' in loaded ? everything : abilitiesOf(scanners, trustAuthserv),
    only,
  })
  const files = [...configured.filter(isAsked), ...checked.files]
  const inConfig = [...wrong, ...checkFolders(config, loaded.written)].filter(problem => isAsked(problem.file))
  const problems = inOrder([...inConfig, ...checked.problems])
  const known = new Set([...files, ...problems.map(problem => problem.file)])
  const strangers = names
    .filter(name => !known.has(name))
    .map(name => problemOf(name, 'name', 'this is no policy file of this site', `they lie in ${shown(rules)}`))
  const configuration = inConfig.some(({ severity }) => severity === 'error') ? 'wrong' : 'fine'
  return { ...checked, files, problems: [...problems, ...strangers], configuration }
}

const everything = { spam: true, virus: true, proof: true }

function configOf(loaded: LoadedConfig): Config | undefined {
  return 'problems' in loaded ? loaded.draft : loaded.config
}

/** How problems name a file, whatever links lead to it. */
function nameOf(path: string, config: string | undefined, rules: string): string {
  if (config !== undefined && realOf(path) === realOf(config)) return shown(config)
  const inside = relative(realOf(rules), join(realOf(dirname(path)), basename(path)))
  return shown(inside.startsWith('..') ? path : join(rules, inside))
}

function realOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : path
}
