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
  const failed = (error: unknown) => tellError(error, { argv, console, signal: interrupt.signal });
  // What nobody caught is told as any error is: the platform would print it as it is, with what it holds.
  process.once(
    'uncaughtException',
    (error) =>
      void failed(error)
        .then(tell)
        .then((exit) => process.exit(exit)),
  );
  return tell(await dispatch().catch(failed));

  async function tell({ document, payload, text, exit }: Result): Promise<number> {
    if (json) console.document(document);
    else {
      if (payload) console.out(payload);
      if (text) console.err(text);
    }
    await console.flush();
    return exit;
  }

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
