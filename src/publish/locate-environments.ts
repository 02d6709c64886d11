import { readConfig } from '../config/read-config.ts';
import type { PolicySource } from '../config/read-policy.ts';
import { sourceOf } from '../judge-policy.ts';
import type { Config } from '../model/config.ts';
import { ConfigError } from '../model/errors.ts';
import type { Ports } from '../ports.ts';
import type { Snapshot } from '../record/store.ts';
import type { Known } from '../request.ts';
import { environmentsOf, firstGuess, requireBranch, type Trigger } from '../trigger.ts';

/** An environment to work on, with what was read already when it was the first guess. */
export interface Located {
  environment: string;
  known?: Known;
}

export interface Situation {
  config: Config;
  /** What the default branch says: which branch deploys what is for it alone to say. */
  rules: PolicySource;
  /** What the trigger is about. */
  environments: Located[];
  /** Every environment that the record knows. */
  recorded: readonly string[];
}

/**
 * Which environments a trigger is about; nearly always with the one read that the run needs anyway. `unconfigured`: the
 * repository has no fleet. Errors as `readConfig`, `environmentsOf` and `requireBranch`.
 */
export async function locateEnvironments(
  trigger: Trigger,
  commit: string,
  { store }: Ports,
): Promise<Situation | 'unconfigured'> {
  const guess = firstGuess(trigger);
  const what = trigger.kind === 'watch' ? 'history' : 'all';
  const snapshot = await store.read({ commit, environment: guess, what });
  if (snapshot.config.size === 0) return 'unconfigured';
  const config = await readConfig(snapshot.config);
  const { environments: recorded } = snapshot.state;
  const branch = trigger.kind === 'asked' ? trigger.branch : undefined;
  const rules = await rulesOf(config, snapshot, trigger.kind === 'push' || branch !== undefined);
  // A plan shows an environment that is only proposed, too; nothing but a plan goes by what is proposed.
  const deciding = trigger.kind === 'push' ? rules : config;
  // What was never deployed cannot be watched.
  const about = environmentsOf(deciding, trigger, snapshot.defaultBranch).filter(
    (environment) => trigger.kind !== 'watch' || trigger.environment !== undefined || recorded.includes(environment),
  );
  if (branch !== undefined)
    for (const environment of about) requireBranch(rules, environment, branch, snapshot.defaultBranch);
  const environments = about.map((environment) =>
    environment === guess ? { environment, known: { snapshot, config } } : { environment },
  );
  return { config, rules, environments, recorded };
}

/** What the default branch says; where that cannot be read, ConfigError for what `needs` it, else rules by which nothing is deployed. */
async function rulesOf(config: Config, snapshot: Snapshot, needs: boolean): Promise<PolicySource> {
  const source = await sourceOf(config, snapshot);
  if (!('unreadable' in source)) return source;
  const { rule: path, position, message, mend: hint } = source.unreadable;
  if (needs) throw new ConfigError([{ position, path, message, hint }]);
  return { environments: {}, incidents: { allowPrivate: false }, position: () => position };
}
