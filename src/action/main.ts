import { readFile, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createGitHub,
  ERROR_TABLE,
  errorCommand,
  failureOf,
  EXIT,
  gitSources,
  isSecretAddress,
  ISSUES,
  openGitHub,
  parseAddress,
  parseAllow,
  plainOutput,
  repositoryName,
  STATE_BRANCH,
  systemClock,
  tagOf,
  UnsupportedError,
  workflowCommands,
  workflowRun,
  type Address,
  type Asker,
  type Ports,
  type Progress,
} from '../index.ts';
import { taskOf, type RunnerEvent, type Task } from './event.ts';
import { maskCommands, writeOutputs, writeSummary } from './runner-files.ts';
import { runTask } from './run-task.ts';

/** The Action's entry: what the runner says in, checks, Deployments, the summary and an exit code out. */
const { env } = process;
const input = (name: string): string | undefined => env[`INPUT_${name}`]?.trim() || undefined;
const words = (text: string | undefined): string[] => text?.split(/[\s,]+/).filter((word) => word !== '') ?? [];

function required(name: string): string {
  const value = env[name];
  if (value) return value;
  throw new UnsupportedError(`${name} is not set: the Action runs inside GitHub Actions`, {
    mend: 'elsewhere use the command line: npx flotilla',
  });
}

/** What the run knows to be secret, from when it knows. */
let vault: Pick<Ports['vault'], 'mask' | 'maskDeep' | 'values'> = {
  mask: (text) => text,
  maskDeep: (value) => value,
  values: () => [],
};
const announced = new Set<string>();

/** A line for the runner. Before it, what became known since: the runner hides that in all that comes after, whoever prints it. */
function print(line: string): void {
  const fresh = vault.values().filter((value) => !announced.has(value));
  for (const command of maskCommands(fresh)) console.log(command);
  for (const value of fresh) announced.add(value);
  console.log(line);
}

/** Prints for people: what strangers wrote is no command to the runner. */
const say = (text: string): void => print(plainOutput(vault.mask(text)));

/** A cancelled step gets SIGINT, and 7.5 s later SIGTERM: what is done is recorded and the check concluded before. */
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort(new Error(signal)));

async function main(): Promise<number> {
  const fullName = required('GITHUB_REPOSITORY');
  const event: RunnerEvent = {
    name: required('GITHUB_EVENT_NAME'),
    payload: JSON.parse(await readFile(required('GITHUB_EVENT_PATH'), 'utf8')),
    sha: required('GITHUB_SHA'),
    ref: required('GITHUB_REF'),
    stateBranch: STATE_BRANCH,
  };
  const [environment, resource, to] = [input('ENVIRONMENT'), input('RESOURCE'), input('TO')];
  const task = taskOf(event, { command: input('COMMAND') ?? 'auto', environment, resource, to });
  const files = { output: env['GITHUB_OUTPUT'], summary: env['GITHUB_STEP_SUMMARY'] };
  if ('skip' in task) {
    say(`Nothing to do: ${task.skip}`);
    await writeOutputs(files, { outcome: 'unchanged', changes: '0' });
    return EXIT.done;
  }
  const { allow, unknown } = parseAllow(words(input('ALLOW')));
  if (unknown.length > 0)
    throw new UnsupportedError(`there is no guard "${unknown.join('", "')}"`, {
      mend: 'use the words that the blocked plan prints',
    });

  const repository = repositoryName(fullName);
  const token = input('TOKEN');
  if (!token)
    throw new UnsupportedError('the input "token" is empty', { mend: "leave it out to use the run's own token" });
  const apiUrl = env['GITHUB_API_URL'];
  const github = createGitHub({
    auth: token,
    ...systemClock,
    ...(apiUrl ? { apiUrl } : {}),
    userAgent: 'flotilla-action',
  });
  const scheduled = event.name === 'schedule';
  const asker = askerOf(event.name, scheduled);
  const run = workflowRun(required('GITHUB_RUN_ID'), env['GITHUB_RUN_ATTEMPT'] ?? '1');
  const ports = openGitHub(
    {
      github,
      repository,
      run: { run, actor: scheduled ? SCHEDULE : asker.login },
      asker,
      sources: await gitSources(env['GITHUB_WORKSPACE'] ?? process.cwd()),
    },
    {
      env,
      github: { token, apiUrl },
      home: homedir(),
      signal: interrupt.signal,
      onProgress: (progress) => say(progressLine(progress)),
    },
  );
  ports.vault.learn(token);
  ({ vault } = ports);
  const repositoryUrl = `${env['GITHUB_SERVER_URL'] ?? 'https://github.com'}/${fullName}`;
  const url = `${repositoryUrl}/actions/runs/${env['GITHUB_RUN_ID']}`;

  const directory = input('DIRECTORY') ?? 'status-page';
  const choices = { allow, redeploy: redeployed(task, resource), expected: input('PLAN_HASH'), directory };
  const result = await runTask(task, choices, ports, { github, repository, run, url, repositoryUrl });

  result.lines.forEach(say);
  for (const command of workflowCommands(vault.maskDeep(result.annotations))) print(command);
  await writeSummary(files, vault.mask(result.pages.join('\n\n')));
  const outputs = { ...result.outputs };
  if (result.plans.length > 0) {
    outputs['plan-file'] = join(env['RUNNER_TEMP'] ?? tmpdir(), `flotilla-plan-${process.pid}.json`);
    await writeFile(outputs['plan-file'], `${JSON.stringify(vault.maskDeep(result.plans), null, 2)}\n`);
  }
  await writeOutputs(files, outputs);
  return result.exit;
}

/** Who acts where nobody asked. */
const SCHEDULE = 'flotilla';

/** Who set the run off: whoever ran it again, beside whose run it was. */
function askerOf(event: string, scheduled: boolean): Asker {
  const first = env['GITHUB_ACTOR'] || 'unknown';
  const login = env['GITHUB_TRIGGERING_ACTOR'] || first;
  return { login, others: [first], event, scheduled, onBehalfOf: input('FOR') };
}

/** An apply that names a resource deploys it again although nothing changed, as after a secret's value did. */
function redeployed(task: Task, resource: string | undefined): Set<Address> {
  if (resource === undefined || task.command !== 'apply' || task.intent.kind !== 'converge') return new Set();
  if (!parseAddress(resource) && !isSecretAddress(resource))
    throw new UnsupportedError(`"${resource}" is no resource`, { mend: 'give resource: service/NAME, or secret/NAME' });
  return new Set([resource as Address]);
}

function progressLine(progress: Progress): string {
  if (progress.kind === 'stage') return `${progress.stage}: ${progress.message}`;
  return `${progress.id} ${progress.state}: ${progress.message}`;
}

/** How long a run may take, after it failed where nobody waited, to record what it did and conclude its check; milliseconds. */
const GRACE = 5_000;

/** What nobody caught would be shown by Node as it is, with all that hangs on it. */
async function untilCrash(): Promise<number> {
  let crash: { error: unknown } | undefined;
  const late = new Promise<never>((_, reject) =>
    process.on('uncaughtException', (error) => {
      crash ??= { error };
      interrupt.abort(error);
      setTimeout(reject, GRACE, error);
    }),
  );
  const exit = await Promise.race([main(), late]).catch((error: unknown) => {
    throw crash ? crash.error : error;
  });
  if (crash) throw crash.error;
  return exit;
}

untilCrash().then(
  (exit) => process.exit(interrupt.signal.aborted ? EXIT.interrupted : exit),
  (error: unknown) => {
    const tag = tagOf(error);
    const { message, mend, stack } = failureOf(error);
    print(errorCommand(vault.mask(message)));
    if (mend) say(mend);
    if (tag === 'bug') say(`This is a bug in Flotilla. Please report it at ${ISSUES}\n${stack ?? ''}`);
    process.exit(ERROR_TABLE[tag].exit);
  },
);
