import { randomUUID } from 'node:crypto';
import { openGitHub, systemClock, type Clock, type GitHub, type Ports, type Target } from '../../src/index.ts';
import type { Place } from '../task.ts';

/**
 * The engine over one repository, to read, plan and watch with. It is given no environment variables and no checkout: the App
 * has no provider's credentials and runs nothing of the repository.
 */
export function engineFor(
  github: GitHub,
  { owner, repo }: Place,
  signal: AbortSignal,
  clock: Clock = systemClock,
): { ports: Ports; target: Target } {
  const repository = { owner, repo };
  const run = `app:${randomUUID()}`;
  const ports = openGitHub(
    { github, repository, run: { run, actor: 'flotilla-app' } },
    { env: {}, home: '/nonexistent', signal, clock },
  );
  return { ports, target: { github, repository, run, buttons: true } };
}
