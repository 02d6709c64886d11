import { readConfig } from '../config/read-config.ts';
import type { Config } from '../model/config.ts';
import type { Ports } from '../ports.ts';
import type { Known } from '../request.ts';
import { environmentsOf, firstGuess, type Trigger } from '../trigger.ts';

/** An environment to work on, with what was read already when it was the first guess. */
export interface Located {
  environment: string;
  known?: Known;
}

export interface Situation {
  config: Config;
  /** What the trigger is about. */
  environments: Located[];
  /** Every environment that the record knows. */
  recorded: readonly string[];
}

/**
 * Which environments a trigger is about; nearly always with the one read that the run needs anyway. `unconfigured`: the
 * repository has no fleet. Errors as `readConfig` and `environmentsOf`.
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
  // What was never deployed cannot be watched.
  const about = environmentsOf(config, trigger, snapshot.defaultBranch).filter(
    (environment) => trigger.kind !== 'watch' || trigger.environment !== undefined || recorded.includes(environment),
  );
  const environments = about.map((environment) =>
    environment === guess ? { environment, known: { snapshot, config } } : { environment },
  );
  return { config, environments, recorded };
}
