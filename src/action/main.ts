import { readFile, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createGitHub,
  ERROR_TABLE,
  errorCommand,
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

/** Hides what the run knows to be secret, from when it knows. */
let hide = (text: string): string => text;

/** Prints for people: what strangers wrote is no command to the runner. */
const say = (text: string): void => console.log(plainOutput(hide(text)));

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
  hide = ports.vault.mask;
  const repositoryUrl = `${env['GITHUB_SERVER_URL'] ?? 'https://github.com'}/${fullName}`;
  const url = `${repositoryUrl}/actions/runs/${env['GITHUB_RUN_ID']}`;

  const directory = input('DIRECTORY') ?? 'status-page';
  const choices = { allow, redeploy: redeployed(task, resource), expected: input('PLAN_HASH'), directory };
  const result = await runTask(task, choices, ports, { github, repository, run, url, repositoryUrl });

  // The runner hides secrets by itself where it knows them; these are all that this run has seen.
  for (const command of maskCommands(ports.vault.values())) console.log(command);
  result.lines.forEach(say);
  for (const command of workflowCommands(result.annotations)) console.log(hide(command));
  await writeSummary(files, ports.vault.mask(result.pages.join('\n\n')));
  const outputs = { ...result.outputs };
  if (result.plans.length > 0) {
    outputs['plan-file'] = join(env['RUNNER_TEMP'] ?? tmpdir(), `flotilla-plan-${process.pid}.json`);
    await writeFile(outputs['plan-file'], `${JSON.stringify(ports.vault.maskDeep(result.plans), null, 2)}\n`);
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

/** What nobody caught, wherever it was thrown, is told as any error is: the platform would print it as it is, with what it holds. */
function fail(error: unknown): never {
  const tag = tagOf(error);
  const { message, stack, mend } = (error instanceof Error ? error : new Error(String(error))) as Error & {
    mend?: string;
  };
  console.log(errorCommand(hide(message)));
  if (mend) say(mend);
  if (tag === 'bug') say(`This is a bug in Flotilla. Please report it at ${ISSUES}\n${stack ?? ''}`);
  process.exit(ERROR_TABLE[tag].exit);
}

process.on('uncaughtException', fail);
main().then((exit) => process.exit(interrupt.signal.aborted ? EXIT.interrupted : exit), fail);
