import type { Config } from './model/config.ts';
import { closest } from './model/closest.ts';
import { ConfigError } from './model/errors.ts';

/** What set a run off, in our own words: no surface hands a webhook payload any further than this. */
export type Trigger =
  | { kind: 'push'; branch: string }
  | { kind: 'pull-request'; number: number; base: string }
  /** A person named the environment, or leaves it to us. */
  | { kind: 'asked'; environment: string | undefined };

export const DEFAULT_ENVIRONMENT = 'production';

/** The environment to read first, before the config could say otherwise; nearly always the right one. */
export function firstGuess(trigger: Trigger): string {
  return (trigger.kind === 'asked' && trigger.environment) || DEFAULT_ENVIRONMENT;
}

/**
 * The environments that a trigger is about, in config order. An environment without a branch deploys from the default
 * branch; the one for pull requests deploys from none. Empty: this trigger is nobody's business.
 */
export function environmentsOf(config: Config, trigger: Trigger, defaultBranch: string | null): string[] {
  const names = Object.keys(config.environments);
  const deploying = (branch: string) =>
    names.filter((name) => {
      const environment = config.environments[name];
      return !environment?.pullRequests && (environment?.branch ?? defaultBranch ?? branch) === branch;
    });
  if (trigger.kind === 'push') return deploying(trigger.branch);
  if (trigger.kind === 'pull-request') return deploying(trigger.base);
  const asked = trigger.environment;
  if (asked !== undefined && (names.includes(asked) || asked.startsWith('preview-'))) return [asked];
  if (asked === undefined) return names.includes(DEFAULT_ENVIRONMENT) ? [DEFAULT_ENVIRONMENT] : names.slice(0, 1);
  const near = closest(asked, names);
  throw new ConfigError([
    {
      position: config.position('environments'),
      path: 'environments',
      message: `there is no environment "${asked}"`,
      hint: near ? `did you mean ${near}?` : `there is ${names.join(', ')}`,
    },
  ]);
}
