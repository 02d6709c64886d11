import type { Limits } from './limits.ts';
import type { Account, App, GitHubState } from './state.ts';
import { nextId } from './state.ts';
import type { WorkflowEngine } from './occurrence.ts';

/** What every part of the sandbox works on: the state, and the few effects it needs. */
export interface World {
  state: GitHubState;
  clock: () => Date;
  /** Folder of the bare repositories. */
  root: string;
  urls: { server: string; api: string; graphql: string };
  limits: Limits;
  workflows: WorkflowEngine;
  /** The App that stands behind workflow runs and their tokens. */
  actions: App;
  /** Work that goes on after its request was answered; `settled()` waits for it. */
  background(work: Promise<unknown>): void;
}

export const accountOf = (world: Pick<World, 'state'>, login: string): Account | undefined =>
  world.state.accounts.get(login.toLowerCase());

/** The account of that login, made when there is none. */
export const ensureAccount = (
  world: Pick<World, 'state' | 'clock'>,
  login: string,
  type: Account['type'] = 'User',
): Account => {
  const known = accountOf(world, login);
  if (known) return known;
  const account: Account = {
    id: nextId(world.state),
    login,
    type,
    basePermission: 'none',
    createdAt: world.clock(),
  };
  world.state.accounts.set(login.toLowerCase(), account);
  return account;
};
