import {
  ConflictError,
  environmentsOf,
  firstGuess,
  readConfig,
  type Config,
  type Known,
  type Ports,
} from '../../src/index.ts';

/** What a run is dispatched for, and the branch that it runs on. */
export interface Chosen {
  environment: string;
  ref: string;
}

/** The pull request that a command was written in. */
export interface Within {
  number: number;
  headRef: string;
  baseRef: string;
  fork: boolean;
}

/** The fleet as the default branch describes it. */
export interface Fleet extends Known {
  defaultBranch: string;
}

/** The fleet as the default branch describes it: what pull requests say of policy and branches does not count. */
export async function readFleet(environment: string | undefined, { store }: Ports): Promise<Fleet | 'unconfigured'> {
  const snapshot = await store.read({ commit: null, environment: firstGuess({ kind: 'asked', environment }) });
  if (snapshot.config.size === 0 || snapshot.defaultBranch === null) return 'unconfigured';
  return { config: await readConfig(snapshot.config), snapshot, defaultBranch: snapshot.defaultBranch };
}

/**
 * Where a command about an environment runs: on the branch that deploys it; in a pull request's own copy on its head.
 * @throws ConfigError no such environment; ConflictError not from here
 */
export function chooseTarget(
  { config, defaultBranch }: { config: Config; defaultBranch: string },
  asked: string | undefined,
  within: Within | undefined,
): Chosen {
  const [environment = ''] = environmentsOf(config, { kind: 'asked', environment: asked }, defaultBranch);
  const exact = config.environments[environment];
  if (exact && !exact.pullRequests) return { environment, ref: exact.branch ?? defaultBranch };
  if (!within)
    throw new ConflictError(`${environment} belongs to a pull request`, { mend: 'write the command in that one' });
  // Named by its environment, or as the copy that it is.
  const copy = exact ? `${environment}-${within.number}` : environment;
  if (!copy.endsWith(`-${within.number}`))
    throw new ConflictError(`${environment} belongs to another pull request`, {
      mend: 'write the command in that one',
    });
  if (within.fork)
    throw new ConflictError('what comes from a fork does not run with this repository’s credentials', {
      mend: 'merge it first, or push the branch to this repository',
    });
  return { environment: copy, ref: within.headRef };
}

/** What a live plan in a pull request is about: the environments that its base deploys, as its head would have them. */
export function planTargets(
  fleet: { config: Config; defaultBranch: string },
  asked: string | undefined,
  within: Within | undefined,
): Chosen[] {
  if (!within) return [chooseTarget(fleet, asked, undefined)];
  const trigger = asked
    ? ({ kind: 'asked', environment: asked } as const)
    : ({ kind: 'pull-request', number: within.number, base: within.baseRef } as const);
  return environmentsOf(fleet.config, trigger, fleet.defaultBranch).map((environment) => ({
    environment,
    ref: within.headRef,
  }));
}
