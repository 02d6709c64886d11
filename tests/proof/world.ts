import { createGitHub, type GitHub } from '../../src/github/github.ts';
import { repositoryName } from '../../src/github/repository.ts';
import { openGitHub, type Ports, type Request, type Target } from '../../src/index.ts';
import type { Clock } from '../../src/model/clock.ts';
import { startCloud, type Cloud, type CloudOptions } from '../../src/providers/sandbox/fake.ts';
import { startGitHub, type Exchange, type SandboxGitHub } from '../../src/sandbox/github/index.ts';

export const FULL_NAME = 'ada/proof';

/** A pretend cloud and a GitHub with one repository, for runs in this process. */
export interface ProofWorld extends AsyncDisposable {
  cloud: Cloud;
  github: SandboxGitHub;
  /** A commit on main. */
  push(files: Record<string, string | null>): Promise<string>;
  /** A run of its own: token, ports, target. */
  open(
    runId: number,
    change?: { env?: Record<string, string>; signal?: AbortSignal; permissions?: Record<string, 'read' | 'write'> },
  ): ProofRun;
  /** A file of the state branch, as it is now. */
  state(path: string): Promise<string | undefined>;
}

export interface ProofRun {
  ports: Ports;
  target: Target;
  github: GitHub;
  /** What the server counted for this run. */
  traffic(): Exchange[];
}

export async function proofWorld(
  options: CloudOptions & { files?: Record<string, string>; clock?: Clock } = {},
): Promise<ProofWorld> {
  const { files = {}, clock = fastClock(), ...rest } = options;
  const cloud = await startCloud(rest);
  const github = await startGitHub({ clock: clock.now });
  const { git } = await github.createRepository(FULL_NAME, { files: { 'web/index.html': 'hello', ...files } });
  return {
    cloud,
    github,
    async push(files) {
      const { sha } = await github.push(FULL_NAME, { branch: 'main', files, message: 'change' });
      return sha;
    },
    open(runId, { env = {}, signal = new AbortController().signal, permissions } = {}) {
      const repository = repositoryName(FULL_NAME);
      const client = createGitHub({
        auth: github.actionsToken(FULL_NAME, permissions, runId),
        apiUrl: github.apiUrl,
        ...clock,
      });
      const run = `github:${runId}/1`;
      const ports = openGitHub(
        { github: client, repository, run: { run, actor: 'ada' }, sources: { sourceFolder: sourceless } },
        { env, home: '/nowhere', signal, clock },
      );
      return {
        ports,
        github: client,
        target: { github: client, repository, run },
        traffic: () => github.traffic.filter((exchange) => exchange.runId === runId),
      };
    },
    async state(path) {
      const head = git.refs.get('refs/heads/flotilla');
      return head === undefined ? undefined : git.fileAt(head, path);
    },
    async [Symbol.asyncDispose]() {
      await github.close();
      await cloud.stop();
    },
  };
}

/** The pretend cloud takes a tree's name and no files. */
const sourceless = (dir: string, tree: string) => ({
  dir,
  tree,
  materialise: () => Promise.reject(new Error('nothing is checked out here')),
});

export function requestFor(change: Partial<Request> & { commit: string }): Request & { commit: string } {
  return {
    environment: 'production',
    basis: 'live',
    intent: { kind: 'converge' },
    allow: new Map(),
    redeploy: new Set(),
    ...change,
  };
}

const SPEED = 20;

/** A clock whose time runs twenty times as fast: everything that waits, waits that much less, in the same order. */
export function fastClock(): Clock {
  const start = Date.now();
  return {
    now: () => new Date(start + (Date.now() - start) * SPEED),
    delay: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / SPEED)),
    random: Math.random,
  };
}

/**
 * A clock that jumps from one end of a wait to the next, in their order, and keeps a list of the waits. `together`: it jumps
 * when so many wait, so that time passes for all of them at once.
 */
export function jumpingClock(start = new Date('2026-11-20T12:00:00Z')): Clock & { waits: number[]; together: number } {
  let now = start.getTime();
  let seed = 7;
  const waits: number[] = [];
  const sleepers: { due: number; wake(): void }[] = [];
  const jump = () => {
    sleepers.sort((a, b) => a.due - b.due);
    const next = sleepers.shift();
    if (!next) return;
    now = Math.max(now, next.due);
    next.wake();
  };
  const clock: ReturnType<typeof jumpingClock> = {
    waits,
    together: 1,
    now: () => new Date(now),
    delay(milliseconds) {
      waits.push(milliseconds);
      return new Promise((wake) => {
        const crowd = sleepers.push({ due: now + milliseconds, wake });
        if (crowd >= clock.together) setImmediate(() => Array.from({ length: clock.together }).forEach(jump));
      });
    },
    // Two runs must not draw the same lease.
    random: () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647,
  };
  return clock;
}
