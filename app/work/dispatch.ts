import { dispatchWorkflow, type GitHub } from '../../src/index.ts';
import { WORKFLOW_FILE } from '../handlers/workflow-run.ts';
import type { Place } from '../task.ts';
import type { Chosen } from './choose-target.ts';

/** What the workflow is told besides the environment. */
export interface Order {
  command: 'plan' | 'apply' | 'approve' | 'rollback' | 'destroy' | 'health' | 'unlock';
  resource?: string | undefined;
  to?: string | undefined;
  allow?: readonly string[] | undefined;
  /** Whole hash of a plan. */
  plan?: string | undefined;
  /** Who asked; told where there is a policy, which may name us as speaking for others. */
  for?: string | undefined;
}

/** Has the repository's own workflow do what needs credentials. @throws UnsupportedError with the mend when it cannot be started */
export async function dispatch(github: GitHub, { owner, repo }: Place, order: Order, chosen: Chosen): Promise<void> {
  const { command, resource, to, plan, allow = [] } = order;
  const inputs = {
    command,
    environment: chosen.environment,
    ...(resource ? { resource } : {}),
    ...(to ? { to } : {}),
    ...(plan ? { 'plan-hash': plan } : {}),
    ...(order.for ? { for: order.for } : {}),
    ...(allow.length > 0 ? { allow: allow.join(' ') } : {}),
  };
  await dispatchWorkflow(github, { owner, repo }, { workflow: WORKFLOW_FILE, ref: chosen.ref, inputs });
}

/** Page of the workflow's runs. */
export const runsPage = (serverUrl: string, { owner, repo }: Place): string =>
  `${serverUrl}/${owner}/${repo}/actions/workflows/${WORKFLOW_FILE}`;
