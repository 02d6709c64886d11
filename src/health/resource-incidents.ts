import type { Incident } from '../model/incident.ts';
import type { Address } from '../model/resource.ts';
import { plural } from '../model/words.ts';
import { causeOf, earliest, failuresOf, openOf, type Case, type Ending, type Findings } from './incident-case.ts';
import { STABLE } from './next-instance.ts';
import type { Outages, Sick } from './outages.ts';
import type { ProviderFindings } from './provider-incidents.ts';
import { listed } from './words.ts';

/**
 * Resources out of health, one incident each: but for those that are part of a provider's outage, and those that depend on
 * another that is out of health, which are listed in its incident.
 */
export function resourceIncidents(
  outages: Outages,
  open: readonly Incident[],
  provider: ProviderFindings,
  now: string,
): Findings {
  const found: Findings = { cases: [], endings: new Map() };
  const known = openOf(open, 'down');
  const released = new Set(provider.released);
  for (const incident of known.values()) {
    const ending = endOf(incident, outages, provider, now);
    if (!ending) continue;
    found.endings.set(incident.id, ending);
    for (const resource of incident.dependants) released.add(resource);
  }
  // They are listed where their cause is told, until that has been well for long.
  const listedElsewhere = new Set(
    open
      .filter(({ id }) => !found.endings.has(id) && !provider.endings.has(id))
      .flatMap(({ dependants }) => dependants),
  );
  for (const [resource, sick] of outages.sick) {
    const incident = known.get(resource);
    if (incident ? found.endings.has(incident.id) : isPartOf(sick, provider) !== undefined) continue;
    if (!incident && (listedElsewhere.has(resource) || outages.roots(resource).length > 0)) continue;
    if (!incident && outages.awaitsRoot(resource)) continue;
    const began = released.has(resource) ? now : earliest(sick);
    found.cases.push(caseOf(resource, sick, began, dependantsOf(resource, outages, known)));
  }
  return found;
}

/** The provider's outage that explains all of its instances that are out of health. */
function isPartOf(sick: readonly Sick[], { members }: ProviderFindings): string | undefined {
  const all = sick.every(({ target }) => members.get(target.provider)?.has(target.resource));
  return all ? sick[0]?.target.provider : undefined;
}

function dependantsOf(root: Address, outages: Outages, known: ReadonlyMap<string, Incident>): Address[] {
  return [...outages.sick.keys()].filter(
    (resource) => resource !== root && !known.has(resource) && outages.roots(resource).includes(root),
  );
}

function caseOf(resource: Address, sick: readonly Sick[], began: string, dependants: Address[]): Case {
  const places = listed(sick.map(({ target }) => target.provider));
  const flaps = sick.every(({ health }) => health.status === 'flapping');
  const failures = Math.max(...sick.map(({ health }) => health.failures));
  return {
    kind: 'down',
    subject: resource,
    began,
    title: flaps ? `${resource} goes up and down at ${places}` : `${resource} is down at ${places}`,
    cause: causeOf(sick),
    resources: [resource],
    dependants,
    confirmed: flaps
      ? 'it fails and recovers too often to follow'
      : `confirmed: ${plural(failures, 'failed run')} in a row`,
    failedProbes: failuresOf(sick),
  };
}

function endOf(
  { subject, dependants }: Incident,
  outages: Outages,
  provider: ProviderFindings,
  now: string,
): Ending | undefined {
  const resource = subject as Address;
  const sick = outages.sick.get(resource);
  const account = sick && isPartOf(sick, provider);
  if (account !== undefined)
    return { text: `part of an outage of ${account}: it goes on there`, partOf: `provider/${account}` };
  const recovered = outages.wellSince(resource);
  if (recovered === undefined) return undefined;
  if (recovered === 'gone') return { text: 'it is not watched any more' };
  const isSettled = Date.parse(now) - Date.parse(recovered) >= STABLE;
  const areFollowing = dependants.some((one) => outages.wellSince(one) === undefined);
  return areFollowing && !isSettled ? undefined : { text: 'well again', recovered };
}
