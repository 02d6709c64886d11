import { intervalOf } from './cron-interval.ts';
import { ConflictError, parseAddress, UnsupportedError, type Address, type Intent, type Trigger } from '../index.ts';

/** What the runner tells of the event, as far as a run needs it. */
export interface RunnerEvent {
  /** `GITHUB_EVENT_NAME`. */
  name: string;
  /** The webhook's payload. */
  payload: Payload;
  /** `GITHUB_SHA`. */
  sha: string;
  /** `GITHUB_REF`. */
  ref: string;
  stateBranch: string;
}

interface Payload {
  action?: string;
  deleted?: boolean;
  number?: number;
  pull_request?: { number: number; head: Head; base: { ref: string; repo: Repository } };
  merge_group?: { head_sha: string; base_ref: string };
  repository?: { default_branch?: string };
  /** Of a scheduled run: the cron line. */
  schedule?: string;
}
interface Head {
  sha: string;
  repo: Repository | null;
}
interface Repository {
  full_name: string;
}

export interface Inputs {
  command: string;
  environment: string | undefined;
  resource: string | undefined;
  to: string | undefined;
}

/** One thing to do, in the words of the engine. */
export interface Task {
  command: 'plan' | 'apply' | 'health' | 'beat' | 'return' | 'status' | 'unlock' | 'approve' | 'previews';
  intent: Intent;
  trigger: Trigger;
  commit: string;
  /** `recorded` where the event brings code of strangers: no credentials are used. */
  basis: 'live' | 'recorded';
  /** What becomes of the copies that pull requests get: this one's is deployed or removed, or those whose time is over go. */
  previews?: 'deploy' | 'remove' | 'expire';
  /** For `beat`: the job that ran. */
  resource?: Address;
  /** Milliseconds between health runs, by the schedule that set this one off. */
  every?: number;
}

/** Turns the event and the inputs into a task, or says why there is nothing to do. */
export function taskOf(event: RunnerEvent, inputs: Inputs): Task | { skip: string } {
  if (event.ref === `refs/heads/${event.stateBranch}`)
    return { skip: `this is the state branch, ${event.stateBranch}` };
  const occasion = occasionOf(event, inputs);
  if ('skip' in occasion) return occasion;
  const { usual, previews, ...rest } = occasion;
  const auto = inputs.command === 'auto';
  const where = auto && previews ? { ...rest, previews } : rest;
  const command = auto ? usual : inputs.command;
  switch (command) {
    case 'plan':
    case 'unlock':
    case 'previews':
      return { command, intent: { kind: 'converge' }, ...where };
    case 'health':
    case 'status':
    case 'return':
    case 'approve':
    case 'beat': {
      if (where.basis === 'recorded')
        throw new ConflictError(`${command} is not for pull requests from forks`, {
          mend: 'run it on the default branch',
        });
      const { environment } = inputs;
      const intent = { kind: 'converge' } as const;
      if (command === 'health') return { command, intent, ...where, trigger: { kind: 'watch', environment } };
      const asking = { intent, ...where, trigger: { kind: 'asked', environment } } as const;
      return command === 'status' || command === 'approve'
        ? { command, ...asking }
        : { command, ...asking, resource: resourceOf(command, inputs) };
    }
    case 'apply':
    case 'destroy':
    case 'rollback':
      if (where.basis === 'recorded')
        throw new ConflictError(`${command} is not for pull requests from forks`, { mend: 'merge it first' });
      return {
        command: 'apply',
        intent: intentOf(command, inputs),
        ...where,
        trigger: onBranch(where.trigger, event.ref),
      };
    default:
      throw new UnsupportedError(`there is no command "${command}"`, {
        mend: 'use auto, plan, apply, approve, rollback, destroy, health, beat, return, status or unlock',
      });
  }
}

/** What is applied to an environment must be of its branch: a push says which that is, and so must everything else. */
function onBranch(trigger: Trigger, ref: string): Trigger {
  if (trigger.kind !== 'asked' && trigger.kind !== 'watch') return trigger;
  // A tag, and the merge of a pull request, are no branch, whatever they are called.
  const branch = branchIn(ref) ?? ref;
  const { kind, environment } = trigger;
  return kind === 'watch' && environment === undefined
    ? { kind: 'push', branch }
    : { kind: 'asked', environment, branch };
}

const branchIn = (ref: string): string | undefined =>
  ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;

function intentOf(command: 'apply' | 'destroy' | 'rollback', { resource, to }: Inputs): Intent {
  if (command === 'apply') return { kind: 'converge' };
  if (command === 'destroy') return { kind: 'destroy' };
  return { kind: 'rollback', address: resourceOf(command, { resource }), to };
}

function resourceOf(command: string, { resource }: Pick<Inputs, 'resource'>): Address {
  if (resource && parseAddress(resource)) return resource as Address;
  throw new UnsupportedError(`${command} needs a resource${resource ? `, and "${resource}" is none` : ''}`, {
    mend: 'give resource: service/NAME',
  });
}

type Occasion = Omit<Task, 'command' | 'intent'> & { usual: 'plan' | 'apply' | 'health' | 'previews' };

function occasionOf({ name, payload, sha, ref }: RunnerEvent, { environment }: Inputs): Occasion | { skip: string } {
  const asked = environment ? ({ kind: 'asked', environment } as const) : undefined;
  const branch = branchIn(ref);
  switch (name) {
    case 'push':
      if (payload.deleted || branch === undefined) return { skip: 'only pushes to branches deploy' };
      return { usual: 'apply', trigger: asked ?? { kind: 'push', branch }, commit: sha, basis: 'live' };
    case 'pull_request': {
      const pull = payload.pull_request;
      if (!pull) throw new UnsupportedError('the event file holds no pull request');
      const fork = pull.head.repo?.full_name !== pull.base.repo.full_name;
      const trigger = asked ?? ({ kind: 'pull-request', number: pull.number, base: pull.base.ref } as const);
      const commit = pull.head.sha;
      if (fork) return { usual: 'plan', trigger, commit, basis: 'recorded' };
      if (payload.action === 'closed') return { usual: 'previews', trigger, commit, basis: 'live', previews: 'remove' };
      return { usual: 'plan', trigger, commit, basis: 'live', previews: 'deploy' };
    }
    case 'merge_group': {
      const group = payload.merge_group;
      if (!group) throw new UnsupportedError('the event file holds no merge group');
      const base = group.base_ref.replace(/^refs\/heads\//, '');
      return {
        usual: 'plan',
        trigger: asked ?? { kind: 'pull-request', number: 0, base },
        commit: group.head_sha,
        basis: 'live',
      };
    }
    case 'schedule':
      return {
        usual: 'health',
        trigger: { kind: 'watch', environment },
        commit: sha,
        basis: 'live',
        previews: 'expire',
        ...(payload.schedule ? { every: intervalOf(payload.schedule) } : {}),
      };
    case 'workflow_dispatch':
    case 'repository_dispatch':
    case 'workflow_run':
      return { usual: 'plan', trigger: { kind: 'asked', environment }, commit: sha, basis: 'live' };
    case 'pull_request_target':
      return { skip: 'pull_request_target would run with secrets on the code of strangers; use pull_request' };
    default:
      return { skip: `nothing is done on ${name}` };
  }
}
