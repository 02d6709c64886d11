import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PLAN_FORMAT, type Plan } from '../../index.ts';
import { carryOut } from '../carry-out.ts';
import type { Reviewed } from '../open-fleet.ts';
import type { Run } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export const run: Run = async (session) => {
  const file = session.flags.text('plan');
  const reviewed = file === undefined ? undefined : await readPlan(resolve(session.cwd, file), file);
  if (reviewed && session.environment !== undefined && session.environment !== reviewed.environment)
    throw new UsageError(
      `${file} is a plan for ${reviewed.environment}, not ${session.environment}`,
      'leave out --env',
    );
  return carryOut(session, {
    command: 'apply',
    intent: { kind: 'converge' },
    question: (environment) => `Apply this to ${environment}?`,
    ...(reviewed ? { reviewed } : {}),
  });
};

async function readPlan(path: string, name: string): Promise<Reviewed> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(
      `cannot read the plan ${name}: ${(error as Error).message}`,
      'make one with flotilla plan --out FILE',
    );
  }
  let plan: Partial<Plan> | null;
  try {
    plan = JSON.parse(text) as Partial<Plan> | null;
  } catch {
    plan = null;
  }
  if (plan?.format !== PLAN_FORMAT || typeof plan.hash !== 'string' || typeof plan.environment !== 'string')
    throw new UsageError(`${name} is not a plan of this version of Flotilla`, 'make one with flotilla plan --out FILE');
  return { environment: plan.environment, hash: plan.hash, commit: plan.commit ?? null };
}
