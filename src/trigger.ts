import { DEFAULT_ENVIRONMENT, type Config } from './model/config.ts';
import { closest } from './model/closest.ts';
import { ConfigError } from './model/errors.ts';

/** What set a run off, in our own words: no surface hands a webhook payload any further than this. */
export type Trigger =
  | { kind: 'push'; branch: string }
  | { kind: 'pull-request'; number: number; base: string }
  /** The schedule of health runs, or a person that asks for one: whatever is deployed, or one environment of it. */
  | { kind: 'watch'; environment: string | undefined }
  /** A person named the environment, or leaves it to us. */
  | { kind: 'asked'; environment: string | undefined };

/** The environment to read first, before the config could say otherwise; nearly always the right one. */
export function firstGuess(trigger: Trigger): string {
  const asked = trigger.kind === 'asked' || trigger.kind === 'watch' ? trigger.environment : undefined;
  return asked || DEFAULT_ENVIRONMENT;
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
  if (trigger.kind === 'watch' && trigger.environment === undefined)
    return names.filter((name) => !config.environments[name]?.pullRequests);
  const asked = trigger.environment;
  if (asked !== undefined && (names.includes(asked) || isPreview(config, asked))) return [asked];
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

/** The copy of an environment that a pull request gets, `preview-7`, when the config has one for pull requests. */
export function previewOf(config: Config, trigger: Trigger): string | undefined {
  if (trigger.kind !== 'pull-request' || trigger.number === 0) return undefined;
  const name = Object.keys(config.environments).find((candidate) => config.environments[candidate]?.pullRequests);
  return name && `${name}-${trigger.number}`;
}

/** Whether an environment is a pull request's copy. */
export function isPreview(config: Config, environment: string): boolean {
  const base = /^(.+)-\d+$/.exec(environment)?.[1];
  return base !== undefined && config.environments[base]?.pullRequests === true;
}

/** How long a preview lives that the config gives no time, in seconds. */
const PREVIEW_SECONDS = 7 * 24 * 3600;

/** Whether a preview that was last applied at `applied` has outlived its time. */
export function isExpired(config: Config, environment: string, applied: string | null, now: Date): boolean {
  const base = /^(.+)-\d+$/.exec(environment)?.[1] ?? '';
  const seconds = config.environments[base]?.ttlSeconds ?? PREVIEW_SECONDS;
  return applied !== null && Date.parse(applied) + seconds * 1000 < now.getTime();
}
