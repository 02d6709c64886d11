import type { Task } from '../task.ts';
import { answerGate } from './answer-gate.ts';
import { concludeEnded } from './conclude-ended.ts';
import { duePlans } from './catch-up.ts';
import { followPush } from './follow-push.ts';
import { planWord, type Means } from './means.ts';
import { planCommit } from './plan-commit.ts';
import { pressButton } from './press-button.ts';
import { replan } from './replan.ts';
import { runCommand } from './run-command.ts';

/** Does one task; `enqueue` takes what follows from it. */
export async function doTask(task: Task, means: Means & { enqueue: (task: Task) => void }): Promise<void> {
  switch (task.kind) {
    case 'plan':
      means.planned.add(planWord(task));
      return planCommit(task, means).catch((error: unknown) => {
        means.planned.forget(planWord(task));
        throw error;
      });
    case 'replan':
      return replan(task, means);
    case 'command':
      return runCommand(task, means);
    case 'button':
      return pressButton(task, means);
    case 'push':
      await means.moved(task.place, false);
      return followPush(task, means);
    case 'recorded':
      return means.moved(task.place, true);
    case 'gate':
      return answerGate(task, means);
    case 'ended':
      return concludeEnded(task, means);
    case 'catch-up':
      for (const due of await duePlans(task.place, means)) if (!means.planned.has(planWord(due))) means.enqueue(due);
  }
}
