import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGitHub, type Repository, type SandboxGitHub } from '../github/index.ts';
import { createWorkflowRunner, type LogLine } from '../runner/index.ts';

/** The sandbox that the quickstart plays in: a GitHub with one repository, a runner on this machine, one person. */
export interface Harbour {
  github: SandboxGitHub;
  repository: Repository;
  /** The starter template's files, by path. */
  template: Record<string, string>;
  /** GitHub's REST API as the person calls it. */
  api<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Page of the sandbox. */
  page(path?: string): string;
  close(): Promise<void>;
}

export interface HarbourOptions {
  /** Folder that holds `action.yml`: the Action runs from there, as users' workflows run it from its release. */
  actionFolder: string;
  /** Folder of the templates. */
  templates: string;
  /** Where git and npm are found. */
  path: string;
  port?: number | undefined;
  onLine(line: LogLine): void;
}

const OWNER = 'ada';
const NAME = 'harbour';

export async function openHarbour({ actionFolder, templates, path, port, onLine }: HarbourOptions): Promise<Harbour> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-harbour-'));
  const runner = createWorkflowRunner({
    actions: { 'flotilla-dev/flotilla': actionFolder },
    env: { PATH: path, FLOTILLA_LOCAL_DIR: join(folder, 'local') },
    onLine,
  });
  const github = await startGitHub({ runner, ...(port === undefined ? {} : { port }) });
  const { token } = github.createUser(OWNER);
  const repository = await github.createRepository(`${OWNER}/${NAME}`, { owner: OWNER });
  const template = await templateFiles(templates);

  return {
    github,
    repository,
    template,
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
      await github.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** What `flotilla init --template starter` writes: the fleet and the workflow. */
async function templateFiles(templates: string): Promise<Record<string, string>> {
  const starter = join(templates, 'starter');
  const names = (await readdir(starter, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = await Promise.all(
    names.map(async (entry) => {
      const file = join(entry.parentPath, entry.name);
      return [file.slice(starter.length + 1).replaceAll('\\', '/'), await readFile(file, 'utf8')] as const;
    }),
  );
  const workflow = await readFile(join(templates, 'workflow.yml'), 'utf8');
  return { ...Object.fromEntries(files), '.github/workflows/flotilla.yml': workflow };
}
