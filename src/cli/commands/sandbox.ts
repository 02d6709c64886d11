import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_ENVIRONMENT, openRemote, statusPages, visible, writePages } from '../../index.ts';
import type { Console } from '../console.ts';
import { templateFiles, workflowText } from '../init/templates.ts';
import type { Run } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export const run: Run = async ({ console, cwd, env, flags, json, signal, unhurried }) => {
  const quickstart = flags.on('quickstart');
  // What workflows started on this machine goes by a workflow too, which takes longer than a command may on a busy one.
  unhurried();
  if (flags.on('once') && !quickstart) throw new UsageError('--once belongs to --quickstart', 'add --quickstart');
  const files = await templateFiles('starter', 'harbour');
  const template = { ...Object.fromEntries(files), '.github/workflows/flotilla.yml': await workflowText('main') };
  const { runSandbox } = await import('../../sandbox/run-sandbox.ts');
  const document = await runSandbox({
    quickstart,
    once: flags.on('once'),
    port: portOf(flags.text('port')),
    name: basename(cwd).replace(/[^A-Za-z0-9._-]+/g, '-') || 'fleet',
    actionFolder: packageRoot(),
    template,
    statusPage,
    path: env['PATH'] ?? '',
    signal,
    tell: json ? () => {} : teller(console),
    onLine: json ? () => {} : ({ text }) => stepLine(console, text),
  });
  return { exit: 0, document, text: '' };
};

/** The pages for operators too: it is one's own machine. */
const statusPage: QuickstartOptions['statusPage'] = async ({ folder, ...place }) => {
  const signal = new AbortController().signal;
  const fleet = await openRemote({ ...place, cwd: packageRoot() }, { env: {}, home: folder, signal });
  const asked = { commit: fleet.commit, environment: DEFAULT_ENVIRONMENT, audience: 'operators' } as const;
  await writePages(folder, await statusPages(asked, fleet));
  return join(folder, 'index.html');
};

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UsageError(`"${text}" is not a port`, 'give a number from 1 to 65535');
  return port;
}

type QuickstartOptions = Parameters<typeof import('../../sandbox/run-sandbox.ts').runSandbox>[0];
type Tell = QuickstartOptions['tell'];

/** The story, readable on its own: what happens, what the checks say, what the fleet answers. */
function teller(console: Console): Tell {
  const { bold, dim, green, red, yellow } = console.look.colours;
  const marks: Record<string, string> = { success: green('✓'), failure: red('✗'), action_required: yellow('!') };
  return ({ kind, text, check }) => {
    const told = visible(text);
    if (kind === 'chapter') console.err(`\n${bold(told)}\n`);
    else if (kind === 'link' || !check) console.err(`  ${dim(told)}\n`);
    else {
      const mark = marks[check.conclusion ?? ''] ?? '·';
      console.err(`  ${mark} ${check.name}: ${told} ${dim(`(${check.conclusion})`)}\n`);
      for (const { path, line, title, message } of check.annotations)
        console.err(`    ${path}:${line} ${visible(`${title}: ${message.split('\n')[0] ?? ''}`)}\n`);
    }
  };
}

/** Of a workflow's log, what Flotilla says of its steps. */
function stepLine(console: Console, text: string): void {
  const [, step, state, rest] = /^(\S+@\S+) (succeeded|failed|progress): (.*)$/.exec(text) ?? [];
  if (step && state !== 'progress') console.err(`    ${visible(step)} ${state}: ${visible(rest ?? '')}\n`);
  else if (step) console.err(`    ${console.look.colours.dim(`${visible(step)} ${visible(rest ?? '')}`)}\n`);
}

/** The folder with `action.yml`: the repository when the sources run, the package when the bundle does. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'action.yml')) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
