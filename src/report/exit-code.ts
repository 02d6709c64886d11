import { EXIT, type ExitCode } from '../model/errors.ts';
import type { HealthOutcome } from '../model/health-outcome.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Plan } from '../model/plan.ts';

/** The exit code of a plan: blocked, or made without asking everyone, is not done. `detailed`: changes are told by 2. */
export function exitOfPlan(plan: Plan, detailed = false): ExitCode {
  if (plan.blocks.length > 0) return EXIT.blocked;
  if (plan.unread.length > 0) return EXIT.failed;
  return detailed && plan.steps.length > 0 ? EXIT.changes : EXIT.done;
}

/** The exit code of an apply. A step that failed by a bug of ours is told as one. */
export function exitOfOutcome({ result, steps }: Outcome): ExitCode {
  switch (result) {
    case 'blocked':
      return EXIT.blocked;
    case 'interrupted':
      return EXIT.interrupted;
    case 'failed':
      return steps.some(({ failure }) => failure?.tag === 'bug') ? EXIT.bug : EXIT.failed;
    default:
      return EXIT.done;
  }
}

/** The exit code of a health run, for scripts: something that people are called for is a failed check. */
export function exitOfHealth({ open, healed }: HealthOutcome): ExitCode {
  const isWell = open.every(({ muted }) => muted !== undefined) && healed.every(({ result }) => result === 'succeeded');
  return isWell ? EXIT.done : EXIT.failed;
}
