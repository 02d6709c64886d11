import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  DEFAULT_ENVIRONMENT,
  environmentsOf,
  openLocal,
  openRemote,
  parseAddress,
  isSecretAddress,
  parseAllow,
  readConfig,
  tagOf,
  type Address,
  type Intent,
  type OnProgress,
  type Plan,
  type Ports,
  type Request,
  type Target,
} from '../index.ts';
import { gitHubToken } from './github-token.ts';
import type { Session } from './session.ts';
import { UsageError } from './usage-error.ts';

/** The engine on a repository; `commit` is what it works on, null for the work tree as it is. `target` is where people are told. */
export type Fleet = Ports & { root: string; commit: string | null; target?: Target };

/** The repository of this machine, or with --github one on GitHub. Secrets that it learns are hidden in all that the command writes. */
export async function openFleet(session: Session, onProgress: OnProgress = () => {}): Promise<Fleet> {
  const { cwd, env, signal, console, flags } = session;
  const github = { token: gitHubToken(env), apiUrl: env['GITHUB_API_URL'] };
  const world = { env, github, home: homedir(), identityFile: identityFile(env), signal, onProgress };
  const fullName = flags.text('github');
  const fleet =
    fullName === undefined
      ? { ...(await openLocal(cwd, world)), commit: null }
      : await openRemote({ fullName, token: tokenIn(github.token), apiUrl: github.apiUrl, cwd }, world);
  console.hide(fleet.vault);
  return fleet;
}

/** Where a person's identity lies. */
export function identityFile(env: Session['env']): string {
  return join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'flotilla', 'identity');
}

function tokenIn(token: string | undefined): string {
  if (token) return token;
  throw new UsageError('--github needs a token', 'set GITHUB_TOKEN, for instance to what `gh auth token` prints');
}

/** Does something in the environment named, else in `production`, else, when the config has none of that name, in its first. */
export async function inEnvironment<T>(
  session: Session,
  { store, commit }: Fleet,
  work: (environment: string) => Promise<T>,
): Promise<T> {
  const guess = session.environment ?? DEFAULT_ENVIRONMENT;
  try {
    return await work(guess);
  } catch (error) {
    if (session.environment !== undefined || tagOf(error) !== 'config') throw error;
    // Only now is it worth reading the config once more.
    const config = await readConfig((await store.read({ commit, environment: guess })).config);
    const [first] = environmentsOf(config, { kind: 'asked', environment: undefined }, null);
    if (first === undefined || first === guess) throw error;
    return work(first);
  }
}

/** What is known of a plan that was saved and looked at. */
export type Reviewed = Pick<Plan, 'commit' | 'environment' | 'hash'>;

/** The request that a command line makes. */
export function requestFor(
  { flags }: Session,
  fleet: Fleet,
  environment: string,
  intent: Intent,
  reviewed?: Reviewed,
): Request {
  const { allow, unknown } = parseAllow(flags.list('allow'));
  if (unknown.length > 0)
    throw new UsageError(`there is no guard ${unknown.join(', ')}`, 'see the list of guards in flotilla apply --help');
  const redeploy = new Set(flags.list('redeploy').map((text) => (isSecretAddress(text) ? text : addressOf(text))));
  // A commit that was reviewed is applied from the commit, whatever lies in the work tree; unless HEAD moved on, then the guard says so.
  const commit = fleet.commit ?? (reviewed?.commit ? 'HEAD' : null);
  return { commit, environment, basis: 'live', intent, allow, redeploy, expected: reviewed?.hash };
}

/** A resource as written on the command line. */
export function addressOf(text: string): Address {
  if (!parseAddress(text)) throw new UsageError(`"${text}" is not a resource`, 'write kind/name, such as service/api');
  return text as Address;
}
