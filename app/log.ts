import { failureOf } from '../src/index.ts';
import type { Task } from './task.ts';

/** Structured log lines: an object of facts, never a payload or a token, and what happened. */
export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
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
