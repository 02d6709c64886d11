import type { Command } from './handlers/slash-command.ts';

/** A repository as an installation of the App sees it. */
export interface Place {
  installation: number;
  owner: string;
  repo: string;
}

/** What a webhook asks of us: plain data, so that it can be queued, replaced and logged. */
export type Task =
  | PlanTask
  | ReplanTask
  | CommandTask
  | ButtonTask
  | PushTask
  | EndedTask
  | GateTask
  /** A repository that was just added, or one that a sweep looks at. */
  | { kind: 'catch-up'; place: Place }
  /** The record of the fleet was written. */
  | { kind: 'recorded'; place: Place };

/** A plan check is due on a commit. */
export interface PlanTask {
  kind: 'plan';
  place: Place;
  /** Number of the pull request; 0 for a merge group. */
  pull: number;
  /** Branch that it is to be merged into. */
  base: string;
  commit: string;
}

/** A plan check is to be made again, and only its commit is known. */
export interface ReplanTask {
  kind: 'replan';
  place: Place;
  commit: string;
}

/** Somebody wrote a slash command. */
export interface CommandTask {
  kind: 'command';
  place: Place;
  /** Number of the issue or pull request. */
  issue: number;
  isPull: boolean;
  comment: number;
  /** When it was written, ISO 8601. */
  at: string;
  actor: string;
  command: Command;
}

/** Somebody pressed a button of a check that we made. */
export interface ButtonTask {
  kind: 'button';
  place: Place;
  action: 'plan' | 'apply';
  actor: string;
  commit: string;
  /** Environment named in the check, if one is. */
  environment: string | undefined;
  /** Branch of this repository that the commit is the head of; undefined for a fork's. */
  branch: string | undefined;
}

/** A branch was pushed. */
export interface PushTask {
  kind: 'push';
  place: Place;
  branch: string;
  commit: string;
  /** Pushed with a workflow's own token, which starts no workflows. */
  byWorkflow: boolean;
}

/** The fleet's workflow ended badly. */
export interface EndedTask {
  kind: 'ended';
  place: Place;
  commit: string;
  url: string;
  conclusion: 'failure' | 'cancelled' | 'timed_out' | 'startup_failure';
}

/** A job waits to deploy to an environment that asks us whether it may. */
export interface GateTask {
  kind: 'gate';
  place: Place;
  environment: string;
  /** Number of its workflow run. */
  run: number;
  actor: string;
  /** Branch or tag that it deploys, where GitHub says it. */
  ref?: string;
}

/** Waiting tasks with the same key are the same work: the newest is done. */
export function keyOf(task: Task): string | undefined {
  const where = `${task.kind} ${task.place.owner}/${task.place.repo}`;
  switch (task.kind) {
    case 'plan':
      return task.pull > 0 ? `${where}#${task.pull}` : `${where}@${task.commit}`;
    case 'replan':
      return `${where}@${task.commit}`;
    case 'command':
      return `${where}#${task.issue}-${task.comment}`;
    case 'push':
      return `${where}:${task.branch}`;
    case 'catch-up':
    case 'recorded':
      return where;
    case 'gate':
      return `${where}/${task.run} ${task.environment}`;
    case 'button':
    case 'ended':
      return undefined;
  }
}
