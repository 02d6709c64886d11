import type { Incident } from '../model/incident.ts';
import type { Numbers } from '../model/numbers.ts';
import type { Action } from '../model/plan.ts';
import type { Address } from '../model/resource.ts';
import type { Event } from '../model/state.ts';

const DAY = 86_400_000;
const WINDOW = 30 * DAY;
/** How long after a deployment an outage is taken for its doing. */
const BLAME = 3_600_000;

/** Actions that put something new in place. */
const DEPLOYS: ReadonlySet<Action | undefined> = new Set(['create', 'update', 'replace', 'move']);

export interface DeliveryInput {
  events: readonly Event[];
  outages: readonly Incident[];
  committed?: ReadonlyMap<string, string>;
  now: Date;
  /** Of one resource; of the fleet without it. */
  address?: Address;
}

interface Deployment {
  /** Milliseconds since 1970, when it ended. */
  at: number;
  commit: string | null;
  succeeded: boolean;
  resources: Set<Address>;
}

/**
 * What the journal says of deployments in the last 30 days. One of a resource is a step that put something in place; one of
 * the fleet is an apply with such steps, however many, and failed when one of them did.
 */
export function deliveryNumbers({
  events,
  outages,
  committed,
  now,
  address,
}: DeliveryInput): Pick<Numbers, 'deploymentsPerWeek' | 'leadSeconds' | 'changeFailureRate'> {
  const end = now.getTime();
  const all = deploymentsOf(events, address);
  const recent = all.filter(({ at }) => end - at < WINDOW);
  const began = events.length > 0 ? Date.parse((events[0] as Event).at) : end;
  const weeks = Math.min(WINDOW, end - began) / (7 * DAY);
  const succeeded = recent.filter((one) => one.succeeded);
  const failed = recent.filter((one) => !one.succeeded || isFollowed(one, all, outages));
  return {
    // A rate of less than a day is no rate.
    deploymentsPerWeek: weeks * 7 < 1 ? null : Math.round((succeeded.length / weeks) * 10) / 10,
    leadSeconds: median(leadTimes(all, committed).filter(({ at }) => end - at < WINDOW)),
    changeFailureRate: recent.length === 0 ? null : failed.length / recent.length,
  };
}

function deploymentsOf(events: readonly Event[], address: Address | undefined): Deployment[] {
  const deployments = new Map<string, Deployment>();
  for (const { id, kind, at, run, plan, commit, resource, action } of events) {
    if ((kind !== 'step.succeeded' && kind !== 'step.failed') || !DEPLOYS.has(action) || !resource) continue;
    if (address && resource !== address) continue;
    const key = address ? id : `${run} ${plan}`;
    const known = deployments.get(key);
    deployments.set(key, {
      at: Date.parse(at),
      commit,
      succeeded: kind === 'step.succeeded' && (known?.succeeded ?? true),
      resources: (known?.resources ?? new Set()).add(resource),
    });
  }
  return [...deployments.values()];
}

/** Whether something that it put in place went out of health within the hour, before it was deployed again. */
function isFollowed({ at, resources }: Deployment, all: readonly Deployment[], outages: readonly Incident[]): boolean {
  return outages.some(({ began, resources: out }) => {
    const start = Date.parse(began);
    if (start < at || start > at + BLAME) return false;
    const hit = out.filter((address) => resources.has(address));
    return hit.some((address) => !all.some((one) => one.at > at && one.at <= start && one.resources.has(address)));
  });
}

/** From each commit to the first deployment of it that succeeded; later ones of the same commit say nothing of its way. */
function leadTimes(all: readonly Deployment[], committed: DeliveryInput['committed']): { at: number; took: number }[] {
  const seen = new Set<string>();
  return all.flatMap(({ at, commit, succeeded }) => {
    const made = commit === null ? undefined : committed?.get(commit);
    if (!succeeded || commit === null || made === undefined || seen.has(commit)) return [];
    seen.add(commit);
    return [{ at, took: Math.max(0, (at - Date.parse(made)) / 1000) }];
  });
}

function median(times: readonly { took: number }[]): number | null {
  const ordered = times.map(({ took }) => took).toSorted((a, b) => a - b);
  return ordered.length === 0 ? null : Math.round(ordered[Math.floor((ordered.length - 1) / 2)] as number);
}
