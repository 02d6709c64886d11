import type * as z from 'zod/mini';
import type { HealthSpec } from '../../model/config.ts';
import { plainCheck, WATCH_DEFAULTS, type CheckConfig, type HttpCheck, type WatchConfig } from '../../model/watch.ts';
import type { domainHealth, HealthKeys, jobHealth, serviceHealth } from './health.ts';
import { compact } from './resource.ts';

/** `health:` in the units of the model: what the provider is told, and how the resource is watched. */

/** What a path that was chosen for it answers when all is well. */
const OK: HttpCheck['status'] = [[200, 299]];

/** What the provider of a service is told; undefined where it has no check of its own to do. */
export function healthSpec(health: z.output<typeof serviceHealth>): HealthSpec | undefined {
  if (health?.path === undefined) return undefined;
  return { path: health.path, timeoutSeconds: health.timeout ?? 10, graceSeconds: health.grace ?? 30 };
}

/** How a service or a site is watched. */
export function watchOf(kind: 'service' | 'site', health: HealthKeys | undefined): WatchConfig | undefined {
  return health && timed(checkOf(kind, health), health);
}

export function watchOfDomain(health: z.output<typeof domainHealth>): WatchConfig | undefined {
  return health && timed(dnsCheck(health.dns, health), health);
}

export function watchOfJob(health: z.output<typeof jobHealth>): WatchConfig | undefined {
  // One look at the record is certain: nothing is gained by looking again.
  const once = { ...WATCH_DEFAULTS, failAfter: 1, recoverAfter: 1 };
  return health && { check: { kind: 'heartbeat', withinSeconds: health.heartbeat }, ...once };
}

function checkOf(kind: 'service' | 'site', health: HealthKeys): CheckConfig {
  const timeout = timeoutOf(health);
  if (health.tcp !== undefined) return { kind: 'tcp', timeout, ...(health.tcp === true ? {} : { port: health.tcp }) };
  if (health.dns) return dnsCheck(health.dns, health);
  const plain = plainCheck(kind);
  const { path = plain.path, method = plain.method, headers = {}, contains, redirects = plain.redirects } = health;
  const well = health.path === undefined || kind === 'site' ? plain.status : OK;
  const days = health.certificate === undefined ? plain.certificateDays : Math.ceil(health.certificate / 86_400);
  return compact({
    kind: 'http' as const,
    path,
    method,
    headers,
    status: health.status ?? well,
    contains,
    redirects,
    timeout,
    maxResponse: health.max_response,
    certificateDays: days,
  });
}

function dnsCheck(
  { type = 'A', expect = [] }: NonNullable<HealthKeys['dns']>,
  timing: { timeout?: number | undefined },
): CheckConfig {
  return { kind: 'dns', type, expect, timeout: timeoutOf(timing) };
}

const timeoutOf = ({ timeout = 10 }: { timeout?: number | undefined }): number => timeout * 1000;

function timed(
  check: CheckConfig,
  given: Pick<HealthKeys, 'every' | 'fail_after' | 'recover_after' | 'wake' | 'keep_awake'>,
): WatchConfig {
  return {
    check,
    everySeconds: given.every ?? WATCH_DEFAULTS.everySeconds,
    failAfter: given.fail_after ?? WATCH_DEFAULTS.failAfter,
    recoverAfter: given.recover_after ?? WATCH_DEFAULTS.recoverAfter,
    keepAwake: given.keep_awake ?? WATCH_DEFAULTS.keepAwake,
    ...(given.wake === undefined ? {} : { wakeSeconds: given.wake }),
  };
}
