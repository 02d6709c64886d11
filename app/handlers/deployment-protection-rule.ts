import type { Task } from '../task.ts';
import { placeOf, type FromRepository } from './place.ts';

interface DeploymentProtectionRuleEvent extends FromRepository {
  action?: string;
  environment?: string;
  deployment_callback_url?: string;
  /** What the job deploys. */
  deployment?: { ref?: string } | null | undefined;
  sender?: { login: string } | undefined;
}

/** A job waits until we say whether it may deploy. Of the address to answer to, only the run's number is believed. */
export function onDeploymentProtectionRule(event: DeploymentProtectionRuleEvent): Task[] {
  const { environment, deployment_callback_url: callback = '', deployment, sender } = event;
  const place = placeOf(event);
  const run = /\/actions\/runs\/(\d+)\/deployment_protection_rule$/.exec(callback)?.[1];
  if (!place || !environment || !sender || run === undefined) return [];
  const ref = deployment?.ref;
  return [{ kind: 'gate', place, environment, run: Number(run), actor: sender.login, ...(ref ? { ref } : {}) }];
}
