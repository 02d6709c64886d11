import { resolve } from 'node:path';
import { openConsole } from './console.ts';
import { interruptible } from './interrupt.ts';
import { commandNamed, parseCommandLine } from './parse-command-line.ts';
import type { Result } from './session.ts';
import { tellError } from './tell-error.ts';

/** One command line from its words to its exit code. */
export async function run(argv: string[]): Promise<number> {
  const console = openConsole(process);
  const interrupt = interruptible(process, console.err);
  const json = argv.includes('--json');
  // What nobody caught would be shown by Node as it is, with all that hangs on it.
  const crashed = new Promise<never>((_, reject) => void process.on('uncaughtException', reject));
  let result: Result;
  try {
    result = await Promise.race([dispatch(), crashed]);
  } catch (error) {
    result = await tellError(error, { argv, console, signal: interrupt.signal });
  }
  if (json) console.document(result.document);
  else {
    if (result.payload) console.out(result.payload);
    if (result.text) console.err(result.text);
  }
  await console.flush();
  return result.exit;

  async function dispatch(): Promise<Result> {
    const { name, args, flags } = await parseCommandLine(argv);
    if (flags.on('version')) {
      const { version } = await import('./version.ts');
      return { exit: 0, document: { version }, payload: `${version}\n` };
    }
    const command = name === undefined ? undefined : commandNamed(name);
    if (!command || flags.on('help')) {
      const { help } = await import('./commands/help.ts');
      return help(name);
    }
    const { run } = await command.load();
    return run({
      cwd: resolve(flags.text('cwd') ?? process.cwd()),
      environment: flags.text('env'),
      json,
      verbose: flags.on('verbose'),
      flags,
      args,
      console,
      ...interrupt,
      env: process.env,
    });
  }
}
