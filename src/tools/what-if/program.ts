/** `lmtp-gate what-if …` on the command line. */
import { CommanderError, type Command } from 'commander'
import type { WhatIfOptions } from './run.ts'
import type { Screen } from './terminal.ts'

/** `code` of the error that a wrong command line ends in: here 2 has another meaning. */
export const wrongWhatIf = 'lmtp-gate.what-if'

/** `config` as the other commands have it; `end` gets the exit code; `screen` is what it writes on. */
export function defineWhatIf(
  command: Command,
  config: readonly [string, string],
  end: (code: number) => void,
  screen: () => Screen,
): void {
  command
    .description('say what other policies would change, of mail that is there')
    .argument('[mail...]', 'messages, folders of messages, Maildirs, files of decisions; else the decision log')
    .requiredOption('--rules <folder>', 'the policies to try')
    .option(
      '--to <address>',
      'whom messages are for, any number of times; else Delivered-To, with X-Original-To',
      several,
    )
    .option('--from <address>', 'envelope sender, <> for a bounce; else Return-Path')
    .option('--client <address>', "the client's address, as Postfix tells it by XFORWARD")
    .option('--facts <facts>', 'what scanners are to have found, as explain has it: score=7.2,virus=none')
    .option('--scan', 'ask the scanners of the configuration now')
    .option('--list', 'name every recipient who is concerned')
    .option('--cores <number>', 'threads that work; else one for each core')
    .option(...config)
    .option('--json', 'for programs')
    .addHelpText('after', help)
    .exitOverride(error => {
      throw error.exitCode === 0 ? error : new CommanderError(1, wrongWhatIf, error.message)
    })
    .action(async (mail: readonly string[], options: WhatIfOptions) => {
      const { whatIf } = await import('./run.ts')
      end(await whatIf(mail, options, screen()))
    })
}

function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

const help = `
The policies in force are those of the configuration. Both decide about the same mail by the same facts, and what
differs is counted by the line that makes the difference: - is milder, ! is newly rejected or discarded, a reject that
bounce_guard turns into quarantine among them, and ? hangs on facts that nobody wrote down.
The decision log has envelopes and facts. Of messages, the facts are those that the gate wrote into the header when
it delivered them (X-Spam-Score, X-Virus-Status, and Authentication-Results of trusted hosts), unless --facts or --scan
says otherwise; who names no sender counts as a bounce. Nothing is delivered or kept.

Exit code: 0 nothing changes; 2 something changes, or may; 1 an error, the command line, or mail that could not be
looked at while nothing else changes.

Examples:
  lmtp-gate what-if --rules new/
  lmtp-gate what-if --rules new/ --list /var/mail/example.org/alice/Maildir
  lmtp-gate what-if --rules new/ --to alice@example.org --facts score=7.2 message.eml`
