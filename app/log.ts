import { createMask, failureOf, type Mask } from '../src/index.ts';
import type { Settings } from './settings.ts';
import type { Task } from './task.ts';

/** Structured log lines: an object of facts, never a payload or a token, and what happened. */
export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Over all that the App itself keeps secret. Tokens that it asks for are hidden where GitHub is asked. */
export function maskOf({ credentials, apiToken, signIn }: Settings): Mask {
  const own = [credentials?.privateKey, credentials?.webhookSecret, apiToken, signIn?.clientSecret];
  return createMask(own.filter((value) => value !== undefined));
}

/** A log in which the mask hides what it knows. */
export function maskedLog(log: Log, { hide, hideDeep }: Mask): Log {
  return {
    debug: (facts, message) => log.debug(hideDeep(facts), hide(message)),
    info: (facts, message) => log.info(hideDeep(facts), hide(message)),
    warn: (facts, message) => log.warn(hideDeep(facts), hide(message)),
    error: (facts, message) => log.error(hideDeep(facts), hide(message)),
  };
}

/** What a log line says of a task. */
export function factsOf(task: Task): Record<string, string | number> {
  const { installation, owner, repo } = task.place;
  return {
    task: task.kind,
    installation,
    repository: `${owner}/${repo}`,
    ...('pull' in task ? { pull: task.pull } : {}),
    ...('commit' in task ? { commit: task.commit } : {}),
    ...('issue' in task ? { issue: task.issue, command: task.command.name } : {}),
  };
}

/** What a log line says of an error: nothing of the request or event that it may carry. */
export function factsOfError(error: unknown): Record<string, string | undefined> {
  const { tag, message, mend, stack } = failureOf(error);
  return { tag, error: message, mend, stack };
}
