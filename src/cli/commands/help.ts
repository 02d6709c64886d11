import { COMMANDS } from '../command-table.ts';
import { commandHelp, overview } from '../help.ts';
import { commandNamed } from '../parse-command-line.ts';
import type { Result, Run } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export const run: Run = async ({ args: [name] }) => help(name);

/** Help for a command, or the overview; the document is the command table itself. */
export function help(name: string | undefined): Result {
  if (name === undefined) return { exit: 0, document: { commands: COMMANDS }, payload: overview() };
  const command = commandNamed(name);
  if (!command) throw new UsageError(`there is no command "${name}"`, 'see flotilla --help');
  return { exit: 0, document: { name, ...command }, payload: commandHelp(name, command) };
}
