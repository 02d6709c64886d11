import { createGitHub, type GitHub } from '../../src/github/github.ts';
import { repositoryName, type RepositoryName } from '../../src/github/repository.ts';
import { gitHubStore } from '../../src/record/github-store.ts';
import { startGitHub, type SandboxGitHub } from '../../src/sandbox/github/index.ts';
import type { Store } from '../../src/record/store.ts';
import { testRandom } from './fixtures.ts';

const FULL_NAME = 'acme/fleet';

/** A sandbox GitHub with one repository in it. */
export interface GitHubWorld {
  sandbox: SandboxGitHub;
  repository: RepositoryName;
  fullName: string;
  /** A port with a token of its own, whose waits take no time. */
  connect(token?: string): GitHub & { waits: number[] };
  open(github?: GitHub): Store;
  close(): Promise<void>;
}

export async function gitHubWorld({ empty = false } = {}): Promise<GitHubWorld> {
  const sandbox = await startGitHub();
  await sandbox.createRepository(FULL_NAME, { empty });
  const token = sandbox.actionsToken(FULL_NAME);
  const repository = repositoryName(FULL_NAME);
  const connect = (auth = token) => {
    const waits: number[] = [];
    const github = createGitHub({
      auth,
      apiUrl: sandbox.apiUrl,
      random: testRandom(1),
      now: () => new Date(),
      delay: async (milliseconds) => {
        waits.push(milliseconds);
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
    return Object.assign(github, { waits });
  };
  return {
    sandbox,
    repository,
    fullName: FULL_NAME,
    connect,
    open: (github = connect()) =>
      gitHubStore({
        github,
        repository,
        clock: () => new Date('2026-11-20T12:00:00.000Z'),
        delay: () => new Promise((resolve) => setImmediate(resolve)),
      }),
    close: () => sandbox.close(),
  };
}
