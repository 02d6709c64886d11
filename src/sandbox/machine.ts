import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGitHub, type Repository, type SandboxGitHub } from './github/index.ts';
import { createWorkflowRunner, type LogLine } from './runner/index.ts';

/** A GitHub with one repository and one person, and a runner on this machine that carries its workflows out. */
export interface Machine {
  github: SandboxGitHub;
  repository: Repository;
  /** Where `git push` goes, with the person's token. */
  remote: string;
  /** The person's. */
  token: string;
  /** Of this machine's, gone when it ends. */
  folder: string;
  /** Where the local provider keeps what it runs, a folder an account. */
  localFolder: string;
  /** GitHub's REST API of the repository, as the person calls it. */
  api<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Page of the repository, or one below it. */
  page(path?: string): string;
  /** Ends everything: what workflows started on this machine goes by the workflow's own `destroy`. */
  close(): Promise<void>;
}

export interface MachineOptions {
  /** Login of the person, who owns the repository. */
  owner: string;
  /** Name of the repository. */
  name: string;
  /** Without a first commit, for those who push their own. */
  empty: boolean;
  /** Folder that holds `action.yml`: the Action runs from there, as users' workflows run it from its release. */
  actionFolder: string;
  /** Where git and npm are found. */
  path: string;
  port?: number | undefined;
  onLine(line: LogLine): void;
}

export async function openMachine({
  owner,
  name,
  empty,
  actionFolder,
  path,
  port,
  onLine,
}: MachineOptions): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-sandbox-'));
  const localFolder = join(folder, 'local');
  const runner = createWorkflowRunner({
    actions: { 'flotilla-dev/flotilla': actionFolder },
    env: { PATH: path, FLOTILLA_LOCAL_DIR: localFolder },
    onLine,
  });
  const github = await startGitHub({ runner, ...(port === undefined ? {} : { port }) });
  const { token } = github.createUser(owner);
  const repository = await github.createRepository(`${owner}/${name}`, { owner, empty });

  const machine: Machine = {
    github,
    repository,
    token,
    folder,
    localFolder,
    remote: `${github.url.replace('://', `://${owner}:${token}@`)}/${repository.fullName}.git`,
    page: (below = '') => `${github.url}/${repository.fullName}${below}`,
    async api<T>(method: string, below: string, body?: unknown): Promise<T> {
      const response = await fetch(`${github.apiUrl}/repos/${repository.fullName}${below}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${below} answered ${response.status}: ${text}`);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
    async close() {
      try {
        await destroyFleet(machine);
      } finally {
        await github.close();
        await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  };
  return machine;
}

const STATE_REF = 'refs/heads/flotilla';

/** Every environment that the state branch knows, through the same door as a person would take. */
async function destroyFleet({ api, github, repository }: Machine): Promise<void> {
  await github.settled();
  if (!repository.git.refs.get(STATE_REF)) return;
  const entries = await api<{ name: string; type: string }[]>('GET', '/contents/?ref=flotilla');
  for (const { name: environment } of entries.filter(({ type }) => type === 'dir')) {
    await api('POST', '/actions/workflows/flotilla.yml/dispatches', {
      ref: repository.defaultBranch,
      inputs: { command: 'destroy', environment, allow: 'delete-protected' },
    });
    await github.settled();
    const last = [...repository.runs.values()].at(-1);
    if (last?.conclusion !== 'success')
      throw new Error(`destroying ${environment} failed:\n${last ? runLog(last) : 'no run'}`);
  }
}

/** The log of a run, for when it went wrong where that was not expected. */
export function runLog(run: { jobs: { steps: { name: string; log: string }[] }[] }): string {
  return run.jobs.flatMap(({ steps }) => steps.map(({ name, log }) => `${name}\n${log}`)).join('\n');
}
