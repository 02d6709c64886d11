import type { PolicySource } from './config/read-policy.ts';
import { DEFAULT_ENVIRONMENT } from './model/config.ts';
import { closest } from './model/closest.ts';
import { ConfigError, PolicyError } from './model/errors.ts';

/** What set a run off, in our own words: no surface hands a webhook payload any further than this. */
export type Trigger =
  | { kind: 'push'; branch: string }
  | { kind: 'pull-request'; number: number; base: string }
  /** The schedule of health runs, or a person that asks for one: whatever is deployed, or one environment of it. */
  | { kind: 'watch'; environment: string | undefined }
  /** A person named the environment, or leaves it to us; `branch`: what is applied is of it. */
  | { kind: 'asked'; environment: string | undefined; branch?: string };

/** What deploys which environment: of a config, or as the default branch says it. */
export type Deploying = Pick<PolicySource, 'environments' | 'position'>;

/** The environment to read first, before the config could say otherwise; nearly always the right one. */
export function firstGuess(trigger: Trigger): string {
  const asked = trigger.kind === 'asked' || trigger.kind === 'watch' ? trigger.environment : undefined;
  return asked || DEFAULT_ENVIRONMENT;
}

/**
 * The environments that a trigger is about, in config order. An environment without a branch deploys from the default
 * branch; the one for pull requests deploys from none. Empty: this trigger is nobody's business.
 */
export function environmentsOf(config: Deploying, trigger: Trigger, defaultBranch: string | null): string[] {
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
export function previewOf(config: Deploying, trigger: Trigger): string | undefined {
  if (trigger.kind !== 'pull-request' || trigger.number === 0) return undefined;
  const name = Object.keys(config.environments).find((candidate) => config.environments[candidate]?.pullRequests);
  return name && `${name}-${trigger.number}`;
}

/** Whether an environment is a pull request's copy; one that the config names itself is none, whatever it is called. */
export function isPreview({ environments }: Pick<Deploying, 'environments'>, environment: string): boolean {
  const base = /^(.+)-\d+$/.exec(environment)?.[1];
  if (base === undefined || Object.hasOwn(environments, environment)) return false;
  return Object.hasOwn(environments, base) && environments[base]?.pullRequests === true;
}

/**
 * An environment is what its branch says: a run on another one does not apply that to it. Pull requests' copies have no branch.
 * @throws PolicyError naming the line that says which branch it is
 */
export function requireBranch(
  rules: Deploying,
  environment: string,
  branch: string,
  defaultBranch: string | null,
): void {
  const exact = Object.hasOwn(rules.environments, environment) ? rules.environments[environment] : undefined;
  if (exact === undefined ? isPreview(rules, environment) : exact.pullRequests) return;
  const of = exact?.branch ?? defaultBranch;
  if (of === null || (exact !== undefined && of === branch)) return;
  const path = `environments.${environment}`;
  const { file, line } = rules.position(exact ? path : 'environments');
  const why = exact ? `it is applied from the branch ${of}` : 'the default branch has no such environment';
  throw new PolicyError(`${file}:${line} ${path}: ${why}, and this run is on ${branch}`, {
    mend: exact ? `run it on ${of}, or change the branch on the default branch` : 'add it on the default branch first',
  });
}

/** How long a preview lives that the config gives no time, in seconds. */
const PREVIEW_SECONDS = 7 * 24 * 3600;

/** Whether a preview that was last applied at `applied` has outlived its time. */
export function isExpired(
  config: Pick<Deploying, 'environments'>,
  environment: string,
  applied: string | null,
  now: Date,
): boolean {
  const base = /^(.+)-\d+$/.exec(environment)?.[1] ?? '';
  const seconds = config.environments[base]?.ttlSeconds ?? PREVIEW_SECONDS;
  return applied !== null && Date.parse(applied) + seconds * 1000 < now.getTime();
}
