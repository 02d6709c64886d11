import { apply, exitOfOutcome, renderOutcome, renderPlan, type Intent, type Plan } from '../index.ts';
import { confirm, requireAnswer } from './confirm.ts';
import { liveProgress } from './live-progress.ts';
import { inEnvironment, openFleet, requestFor, type Reviewed } from './open-fleet.ts';
import type { Result, Session } from './session.ts';

interface Change {
  /** The command, for messages. */
  command: string;
  intent: Intent;
  /** What is asked once the plan is shown. */
  question(environment: string): string;
  /** A plan that was reviewed before: not asked about again, and refused when it moved. */
  reviewed?: Reviewed;
}

/** What apply, rollback and destroy have in common: plan, show, ask, carry out, tell. */
export async function carryOut(session: Session, { command, intent, question, reviewed }: Change): Promise<Result> {
  const { console, json, verbose } = session;
  if (!reviewed) requireAnswer(session, command);
  let declined = false;
  let shown = false;
  using progress = liveProgress(console, json);
  const fleet = await openFleet(session, progress.on);
  const approve = async (plan: Plan) => {
    progress.rest();
    const asking = !reviewed && !session.flags.on('yes');
    shown = !json || asking;
    if (shown) console.err(`${renderPlan(console.masked(plan), console.look, { all: verbose })}\n`);
    if (!asking) return true;
    declined = !(await confirm(session, question(plan.environment)));
    return !declined;
  };
  const outcome = await inEnvironment(
    { ...session, environment: reviewed?.environment ?? session.environment },
    fleet,
    (environment) => apply(requestFor(session, fleet, environment, intent, reviewed), fleet, { approve }),
  );
  progress.rest();
  if (declined) return { exit: 1, document: { ...outcome, result: 'declined' }, text: 'Nothing was changed.\n' };
  // A plan that is blocked, or empty, was not put up for approval: it is shown now, for its blocks and warnings.
  const unseen = shown ? '' : renderPlan(console.masked(outcome.plan), console.look, { all: verbose });
  return {
    exit: exitOfOutcome(outcome),
    document: outcome,
    text: `${unseen}\n${renderOutcome(console.masked(outcome), console.look)}`,
  };
}
