#!/usr/bin/env node
/** Start here: the command line. */
import { Argument, Command, CommanderError } from 'commander'
import { serve } from './serve.ts'
import { defineExplain } from './tools/explain/program.ts'
import { defineQuarantine } from './tools/quarantine/program.ts'
import { defineWhatIf, wrongWhatIf } from './tools/what-if/program.ts'
import { terminal } from './tools/what-if/terminal.ts'
import type { SchemaName } from './tools/schema.ts'
import { version } from './version.ts'

/** 0: fine; 1: there are problems; 2: the command line itself is wrong. */
const usage = 2

type CheckOptions = { readonly config?: string; readonly strict?: true; readonly json?: true }

const program = new Command('lmtp-gate')
  .description("A content-filtering LMTP proxy: each recipient's own rules, one reply per recipient.")
  .version(version)
  .exitOverride()
  .showHelpAfterError('(--help says more)')
  .addHelpText(
    'after',
    '\nFirst steps:\n  lmtp-gate demo           see what it does\n  lmtp-gate help serve     how to run it',
  )

const config = [
  '-c, --config <file>',
  'configuration; else ./lmtp-gate.yaml, else /etc/lmtp-gate/lmtp-gate.yaml',
] as const

program
  .command('serve')
  .description('run the gate until SIGTERM, which lets running transactions finish; a second signal ends it at once')
  .option(...config)
  .addHelpText(
    'after',
    `
Without a configuration it listens on inet:127.0.0.1:2424 and keeps mail in ./var/mail, for trying out;
its scanner then is a built-in one that knows the test patterns EICAR and GTUBE alone.
The log goes to standard output. Exit code: 0 after a signal, 1 if it cannot start.

Examples:
  lmtp-gate serve
  lmtp-gate serve --config /etc/lmtp-gate/lmtp-gate.yaml`,
  )
  .action(async (options: { readonly config?: string }) => end(await serve(options.config)))

program
  .command('check')
  .description('read the configuration and every policy file, and show all problems')
  .argument('[files...]', 'tell of these alone')
  .option(...config)
  .option('--strict', 'warnings count as problems')
  .option('--json', 'for programs')
  .addHelpText(
    'after',
    `
Exit code: 0 all fine or warnings only, 1 errors (with --strict: or warnings).

Examples:
  lmtp-gate check
  lmtp-gate check --config new/lmtp-gate.yaml --strict
  lmtp-gate check --json rules/example.org/alice.yaml`,
  )
  .action(async (files: readonly string[], options: CheckOptions) => {
    const { check } = await import('./tools/check-command.ts')
    const { config: named, strict = false, json = false } = options
    const { heading, text, exitCode } = check(named, { strict, json, files })
    process.stderr.write(heading)
    process.stdout.write(`${text}\n`)
    end(exitCode)
  })

program
  .command('schema')
  .description('print the JSON Schema of a kind of policy files, for editors')
  .addArgument(new Argument('<kind>', 'whose; policy: any').choices(['person', 'group', 'domain', 'default', 'policy']))
  .addHelpText('after', '\nExample:\n  lmtp-gate schema person > /etc/lmtp-gate/person.schema.json')
  .action(async (kind: SchemaName) => {
    const { schemaText } = await import('./tools/schema.ts')
    process.stdout.write(schemaText(kind))
  })

defineExplain(program.command('explain'), config, ({ out, err, exitCode }) => {
  if (err !== '') process.stderr.write(`${err}\n`)
  if (out !== '') process.stdout.write(`${out}\n`)
  end(exitCode)
})

defineWhatIf(program.command('what-if'), config, end, terminal)

defineQuarantine(
  program.command('quarantine').description('look at what is kept back, deliver it or delete it'),
  config,
  end,
)

program
  .command('demo')
  .description('run a gate and a mail store on loopback, send a few messages and show what became of each recipient')
  .addHelpText(
    'after',
    `
Nothing else needs to be installed, and nothing is left behind. Viruses and spam are found by a built-in
scanner that knows the test patterns EICAR and GTUBE alone.
Exit code: 0 if every reply was what the verdict says.

Example:
  lmtp-gate demo`,
  )
  .action(async () => {
    const { demo } = await import('./tools/demo.ts')
    end(await demo(text => process.stdout.write(`${text}\n`)))
  })

function end(code: number): void {
  process.exitCode = code
}

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  end(error.exitCode === 0 || error.code === wrongWhatIf ? error.exitCode : usage)
}
