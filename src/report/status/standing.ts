import type { InstanceHealth } from '../../model/health.ts';
import { isOutage, type Incident, type Maintenance } from '../../model/incident.ts';
import type { ResourceNumbers } from '../../model/numbers.ts';
import { KINDS, OUTPUTS, parseAddress, type Address, type Kind } from '../../model/resource.ts';
import type { InstanceState } from '../../model/state.ts';
import { plural } from '../../model/words.ts';
import { isOpen } from './incident-kinds.ts';
import { safeUrl } from './markup.ts';
import type { StatusInput } from './status-input.ts';

/** How something fares, from best to worst for a visitor. `unwatched`: it has nothing to probe. */
export type Standing = 'up' | 'maintenance' | 'degraded' | 'down' | 'unknown' | 'unwatched';

export const STANDING: Record<Standing, string> = {
  up: 'Up',
  maintenance: 'Maintenance',
  degraded: 'Partly down',
  down: 'Down',
  unknown: 'No data',
  unwatched: 'Not watched',
};

export interface StatusResource {
  address: Address;
  kind: Kind;
  name: string;
  standing: Standing;
  /** Since when, ISO 8601. */
  since: string | undefined;
  dependsOn: Address[];
  instances: StatusInstance[];
  /** Where it is reached; http(s) only. */
  url: string | undefined;
  numbers: ResourceNumbers | undefined;
}

export interface StatusInstance {
  provider: string;
  health: InstanceHealth | undefined;
  state: InstanceState | undefined;
  /** What it gives that is no secret. */
  outputs: Record<string, string>;
}

/** All that is recorded or watched, by kind and name. */
export function resourcesOf(input: StatusInput): StatusResource[] {
  const { recorded, health, numbers, maintenance, generated } = input;
  const watched = Object.keys(health?.instances ?? {}).map((id) => id.slice(0, id.lastIndexOf('@')));
  // A series outlives its resource; what is gone is not on the page.
  const addresses = new Set([...recorded.resources.keys(), ...watched]);
  const resources = [...addresses].flatMap((text): StatusResource[] => {
    const parsed = parseAddress(text);
    if (!parsed) return [];
    const address = text as Address;
    const instances = instancesOf(input, address, parsed.kind);
    const healths = instances.flatMap((one) => one.health ?? []);
    const standing = standingOf(healths);
    const isOut = standing === 'down' || standing === 'degraded';
    const planned = isOut && maintenance.some((one) => covers(one, address, generated));
    return [
      {
        ...parsed,
        address,
        instances,
        standing: planned ? 'maintenance' : standing,
        since: healths
          .map(({ since }) => since)
          .toSorted()
          .at(-1),
        dependsOn: recorded.resources.get(address)?.dependsOn ?? [],
        url: instances.map(({ outputs }) => safeUrl(outputs['url'])).find(Boolean),
        numbers: numbers.resources[address],
      },
    ];
  });
  // `api-2` before `api-10`. Made here: the first collator of a process takes ten milliseconds.
  const byName = new Intl.Collator('en', { numeric: true });
  return resources.toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || byName.compare(a.name, b.name));
}

function instancesOf({ recorded, health }: StatusInput, address: Address, kind: Kind): StatusInstance[] {
  const states = recorded.resources.get(address)?.instances ?? {};
  const probed = Object.keys(health?.instances ?? {}).filter((id) => id.startsWith(`${address}@`));
  const providers = new Set([...Object.keys(states), ...probed.map((id) => id.slice(address.length + 1))]);
  return [...providers].toSorted().map((provider) => ({
    provider,
    health: health?.instances[`${address}@${provider}`],
    state: states[provider],
    outputs: openOutputs(kind, states[provider]?.outputs ?? {}),
  }));
}

/** Only what the kind is known to give openly: what else a provider recorded may be nobody's business. */
function openOutputs(kind: Kind, outputs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => OUTPUTS[kind][name]?.secret === false));
}

function standingOf(healths: readonly InstanceHealth[]): Standing {
  const known = healths.filter(({ status }) => status !== 'unknown');
  if (known.length === 0) return healths.length === 0 ? 'unwatched' : 'unknown';
  // One failed probe is a suspicion, not an outage.
  const well = known.filter(({ status }) => status === 'up' || status === 'suspect');
  if (well.length === known.length) return 'up';
  return well.length > 0 || known.some(({ status }) => status === 'flapping') ? 'degraded' : 'down';
}

export function covers({ from, to, resources }: Maintenance, address: Address, time: string): boolean {
  const at = Date.parse(time);
  const isNow = Date.parse(from) <= at && at < Date.parse(to);
  return isNow && (resources.length === 0 || resources.includes(address));
}

/** The fleet in one sentence; with nothing down, what is left of an outage still shows. */
export function fleetStanding(
  resources: readonly StatusResource[],
  incidents: readonly Incident[],
): { standing: Standing; sentence: string } {
  const watched = resources.filter(({ standing }) => standing !== 'unwatched');
  const count = (of: Standing): number => watched.filter(({ standing }) => standing === of).length;
  const which = (of: Standing): string => {
    const [first, ...others] = watched.filter(({ standing }) => standing === of);
    return others.length === 0 && first ? `${first.name} is` : `${others.length + 1} of ${watched.length} are`;
  };
  const [down, degraded, maintenance, unknown] = [
    count('down'),
    count('degraded'),
    count('maintenance'),
    count('unknown'),
  ];
  if (watched.length === 0) return { standing: 'unwatched', sentence: 'Nothing is watched yet' };
  if (down > 0 && down === watched.length) return { standing: 'down', sentence: 'Everything is down' };
  if (down > 0) return { standing: 'down', sentence: `${which('down')} down` };
  if (degraded > 0) return { standing: 'degraded', sentence: `${which('degraded')} partly down` };
  if (maintenance > 0) return { standing: 'maintenance', sentence: `${which('maintenance')} under maintenance` };
  const open = incidents.filter((one) => isOutage(one) && isOpen(one) && one.muted === undefined).length;
  if (open > 0)
    return { standing: 'degraded', sentence: `${plural(open, 'incident is', 'incidents are')} not over yet` };
  if (unknown === watched.length) return { standing: 'unknown', sentence: 'Nothing is known yet' };
  if (unknown > 0)
    return { standing: 'up', sentence: `All is up, but nothing is known of ${plural(unknown, 'resource')}` };
  return { standing: 'up', sentence: 'Everything is up' };
}
