/** `lmtp-gate quarantine …` on the command line. */
import type { Command } from 'commander'
import type { CommonOptions } from './run.ts'
import type { FilterOptions } from './filter.ts'

type Options = CommonOptions & FilterOptions

const load = () => import('./run.ts')

/** `config` as the other commands have it; `end` gets the exit code. */
export function defineQuarantine(
  parent: Command,
  config: readonly [string, string],
  end: (code: number) => void,
): void {
  const command = (name: string, description: string, more: string): Command =>
    parent
      .command(name)
      .description(description)
      .option(...config)
      .option('--json', 'for programs')
      .addHelpText('after', `\n${more}`)

  filtered(command('list', 'show what is kept, oldest first', listHelp)).action(async (options: Options) =>
    end(await (await load()).runList(options)),
  )
  command('show', 'show one entry: envelope, reason, facts, and the header of the message', showHelp)
    .argument('<id>')
    .option('--raw', 'the message itself, octet by octet, for a file or a program')
    .action(async (id: string, options: CommonOptions & { readonly raw?: true }) =>
      end(await (await load()).runShow(id, options)),
    )
  filtered(command('release', 'deliver to the recipient of the entry, and to nobody else', releaseHelp))
    .argument('[id...]')
    .action(async (ids: readonly string[], options: Options) => end(await (await load()).runRelease(ids, options)))
  filtered(command('delete', 'delete for good', deleteHelp))
    .argument('[id...]')
    .action(async (ids: readonly string[], options: Options) => end(await (await load()).runDelete(ids, options)))
  command('expire', 'delete what is too old or too much, as the running gate does every hour', expireHelp).action(
    async (options: CommonOptions) => end(await (await load()).runExpire(options)),
  )
}

function filtered(command: Command): Command {
  return command
    .option('--to <pattern>', 'recipient: an address, a domain, or a pattern with *')
    .option('--from <pattern>', 'envelope sender, likewise; <> for the null sender')
    .option('--reason <text>', 'what the reason contains')
    .option('--since <when>', 'kept since: 12h, 7d, 2w ago, or a day such as 2026-11-22')
    .option('--older-than <when>', 'kept before')
}

const listHelp = `With --json one object per line; addresses in it have one character per octet.

Examples:
  lmtp-gate quarantine list --to example.org --since 2d
  lmtp-gate quarantine list --from '<>' --reason spam --json`

const showHelp = `Of an id the first digits will do: eight, or more until only one entry has them.

Examples:
  lmtp-gate quarantine show 4c1d9a0b
  lmtp-gate quarantine show 4c1d9a0b --raw > message.eml`

const releaseHelp = `The entry is deleted when the next hop has said that it took the message, else it stays.
Exit code, the highest of all: 0 taken; 1 refused, or no such entry; 75 not now, worth trying again;
76 in doubt: all was sent but no answer came, so look into the mailbox before trying again.

Examples:
  lmtp-gate quarantine release 4c1d9a0b
  lmtp-gate quarantine release --from partner.example --to alice@example.org --since 1d`

const deleteHelp = `Examples:
  lmtp-gate quarantine delete 4c1d9a0b 77e1f002
  lmtp-gate quarantine delete --reason virus --older-than 1w`

const expireHelp = `How long an entry stays is in the policy (quarantine.keep), how much all may take in the configuration (quarantine.size).

Example:
  lmtp-gate quarantine expire --json`
