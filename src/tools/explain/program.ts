/** `lmtp-gate explain …` on the command line. */
import type { Command } from 'commander'
import type { ExplainOptions, Told } from './run.ts'

/** `config` as the other commands have it; `tell` gets what is to be printed. */
export function defineExplain(command: Command, config: readonly [string, string], tell: (told: Told) => void): void {
  command
    .description('say what would become of a message, and why: files, policy, facts, every step, verdict')
    .argument('[message]', 'a file, - for standard input; without one, what is certain at RCPT')
    .option('--to <address>', 'a recipient, any number of times; else Delivered-To, with X-Original-To', several)
    .option('--from <address>', 'envelope sender, <> for a bounce; else Return-Path')
    .option('--orcpt <address>', 'original recipient')
    .option('--client <address>', "the client's address, as Postfix tells it by XFORWARD")
    .option('--size <size>', 'as declared with SIZE=')
    .option('--facts <facts>', 'what scanners are to have found, without asking any: score=7.2,virus=Eicar')
    .option(
      '--id <id>',
      'of a message that was: Postfix’s queue id, from the decision log; with --to for some recipients',
    )
    .option('--all', 'every key of the policy')
    .option(...config)
    .option('--json', 'for programs')
    .addHelpText('after', help)
    .action(async (message: string | undefined, options: ExplainOptions) => {
      const { explain } = await import('./run.ts')
      tell(await explain(message, options))
    })
}

function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

const help = `
The scanners of the configuration are asked, unless --facts says what they are to have found; its names are score
(a number, down or unscannable), symbol, virus (a name, none, down or unscannable), spf, dkim and dmarc (pass,
fail, …; with another domain than the sender's: pass:example.org). What is not named was found harmless.
Nothing is delivered or kept.

With --id, what was decided is decided again by the facts as taken down then and the policies of today.
A message that came several times is shown as often, the first time first.

Exit code: 0 explained; 1 the configuration, a policy file or the message cannot be used; 2 the command line.

Examples:
  lmtp-gate explain --to alice+lists@example.org --from bounce@esp.example message.eml
  lmtp-gate explain --to alice@example.org --facts score=7.2 message.eml
  lmtp-gate explain --to dora+shop@example.org
  lmtp-gate explain --id 4dDXyz0Kqz2 --to alice@example.org`
