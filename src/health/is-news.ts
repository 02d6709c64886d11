import { canonical } from '../model/canonical.ts';
import type { HealthState, InstanceHealth } from '../model/health.ts';
import type { InstanceId } from '../model/graph.ts';
import type { IncidentChanges } from './incidents.ts';

/**
 * Whether the run found something worth a commit: more than that all is as it was. The record's own bookkeeping (when it
 * was checked, the last sample, what answers usually take) waits for the next hour.
 */
export function isNews(
  before: HealthState | undefined,
  after: HealthState,
  { opened, updated, closed }: Pick<IncidentChanges, 'opened' | 'updated' | 'closed'>,
): boolean {
  if (before === undefined || opened.length + updated.length + closed.length > 0) return true;
  const instances = Object.keys(after.instances) as InstanceId[];
  if (instances.length !== Object.keys(before.instances).length) return true;
  if (instances.some((id) => differs(before.instances[id], after.instances[id]))) return true;
  return canonical(rest(before)) !== canonical(rest(after));
}

function differs(before: InstanceHealth | undefined, after: InstanceHealth | undefined): boolean {
  return (
    before?.status !== after?.status ||
    before?.since !== after?.since ||
    before?.failures !== after?.failures ||
    before?.successes !== after?.successes
  );
}

function rest({ suspicion, beats, breakers, avoid, heals }: HealthState): Partial<HealthState> {
  return { ...(suspicion ? { suspicion } : {}), beats, breakers, avoid, heals };
}
