import type { HeartbeatCheck, HealthStatus, InstanceHealth } from '../model/health.ts';
import { lasting, moment } from './words.ts';

/**
 * What is known of a job that reports when it has run. One that never reported is given the same time, counted from when
 * it was first looked at. Moments ISO 8601.
 */
export function nextHeartbeat(
  before: InstanceHealth | undefined,
  beat: string | undefined,
  { withinSeconds }: HeartbeatCheck,
  now: string,
): InstanceHealth {
  const counted = beat ?? before?.last.at ?? now;
  const due = new Date(Date.parse(counted) + withinSeconds * 1000).toISOString();
  const isOverdue = Date.parse(now) > Date.parse(due);
  const status: HealthStatus = isOverdue ? 'down' : beat ? 'up' : 'unknown';
  const since = status === 'down' ? due : counted;
  const allowed = lasting(withinSeconds * 1000);
  const problem = beat
    ? `last reported ${moment(beat)}, more than ${allowed} ago`
    : `it has never reported, and ${allowed} have passed`;
  return {
    status,
    since: before?.status === status ? before.since : since,
    failures: isOverdue ? 1 : 0,
    successes: isOverdue ? 0 : 1,
    ...(isOverdue ? { failingSince: due } : {}),
    turns: [],
    latency: null,
    last: { at: counted, ok: !isOverdue, milliseconds: null, tries: 0, ...(isOverdue ? { problem } : {}) },
  };
}
