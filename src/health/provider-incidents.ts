import type { Incident } from '../model/incident.ts';
import type { Address } from '../model/resource.ts';
import { plural } from '../model/words.ts';
import { causeOf, earliest, failuresOf, openOf, type Case, type Ending, type Findings } from './incident-case.ts';
import { STABLE } from './next-instance.ts';
import { isSick, type Outages, type Sick, type Watched } from './outages.ts';
import { HOUR, listed, MINUTE } from './words.ts';

/** An outage of a provider does not hit everything in the same minute, but one that began long before is another. */
const TOGETHER = HOUR;
/** One that has failed only once is a coincidence, unless it began to with those that are down. */
const AT_ONCE = 15 * MINUTE;

export interface ProviderFindings extends Findings {
  /** Resources out of health as part of each account's outage; of accounts that have one. */
  members: Map<string, Set<Address>>;
  /** Left over when an outage ended: what is still out of health has a cause of its own from here on. */
  released: Set<Address>;
}

/**
 * Several resources of one account out of health at once, at least two and at least half of those that say anything: one
 * incident. Those that merely depend on another do not count, and neither do those that were out long before.
 */
export function providerIncidents(outages: Outages, open: readonly Incident[], now: string): ProviderFindings {
  const found: ProviderFindings = { cases: [], endings: new Map(), members: new Map(), released: new Set() };
  const known = openOf(open, 'provider');
  for (const [account, watched] of outages.byAccount) {
    const incident = known.get(`provider/${account}`);
    const sick = incident ? since(watched.filter(isSick), incident.began) : together(outages, watched);
    if (sick === undefined) continue;
    const ending = incident && endOf(incident, sick, watched, outages, now);
    if (ending) {
      found.endings.set(incident.id, ending);
      for (const resource of [...incident.resources, ...incident.dependants]) found.released.add(resource);
    } else {
      const resources = [...new Set(sick.map(({ target }) => target.resource))];
      found.members.set(account, new Set(resources));
      if (sick.length > 0) found.cases.push(caseOf(account, sick, resources, outages, incident));
    }
  }
  for (const incident of known.values()) {
    const account = incident.subject.slice('provider/'.length);
    if (outages.byAccount.has(account)) continue;
    const ending = endOf(incident, [], [], outages, now);
    if (ending) found.endings.set(incident.id, ending);
    else found.members.set(account, new Set());
  }
  return found;
}

/** Those that are out of health together, dependants included; undefined when that is no outage of the provider. */
function together(outages: Outages, watched: readonly Watched[]): Sick[] | undefined {
  const sick = watched.filter(isSick);
  if (sick.length === 0) return undefined;
  const own = watched.filter(({ target }) => outages.roots(target.resource).length === 0);
  const ownSick = own.filter(isSick);
  if (ownSick.length === 0) return undefined;
  const newest = ownSick.map(({ health }) => health.since).reduce((a, b) => (a > b ? a : b));
  const began = new Date(Date.parse(newest) - TOGETHER).toISOString();
  const recent = ownSick.filter(({ health }) => health.since >= began);
  const suspects = own.filter((one) => isLikeThem(one, recent));
  const out = recent.length + suspects.length;
  const telling = own.length - (ownSick.length - recent.length);
  return out >= 2 && out * 2 >= telling ? sick.filter(({ health }) => health.since >= began) : undefined;
}

function isLikeThem({ health }: Watched, sick: readonly Sick[]): boolean {
  if (health?.status !== 'suspect' || health.failingSince === undefined) return false;
  const began = Date.parse(health.failingSince);
  const allowed = health.failures >= 2 ? TOGETHER : AT_ONCE;
  return sick.some(({ health }) => Math.abs(Date.parse(health.since) - began) <= allowed);
}

/** Those that went out of health with the incident or during it. */
function since(sick: readonly Sick[], began: string): Sick[] {
  const from = Date.parse(began) - TOGETHER;
  return sick.filter(({ health }) => Date.parse(health.since) >= from);
}

function caseOf(
  account: string,
  sick: readonly Sick[],
  resources: Address[],
  outages: Outages,
  incident: Incident | undefined,
): Case {
  const all = new Set([...(incident?.resources ?? []), ...resources]);
  return {
    kind: 'provider',
    subject: `provider/${account}`,
    began: earliest(sick),
    title: `Outage at ${account}: ${plural(all.size, 'resource')}`,
    cause: causeOf(sick),
    resources,
    dependants: [...outages.sick.keys()].filter(
      (resource) => !all.has(resource) && outages.roots(resource).some((root) => all.has(root)),
    ),
    confirmed: `${listed(resources)} failed together: the provider itself has an outage, not one of them`,
    failedProbes: failuresOf(sick),
  };
}

function endOf(
  { resources, dependants }: Incident,
  sick: readonly Sick[],
  watched: readonly Watched[],
  outages: Outages,
  now: string,
): Ending | undefined {
  const well = resources.map((resource) => outages.wellSince(resource));
  const recovered = well.reduce<string | undefined>((latest, at) => {
    return at === undefined || at === 'gone' || (latest !== undefined && latest > at) ? latest : at;
  }, undefined);
  const isSettled = recovered !== undefined && Date.parse(now) - Date.parse(recovered) >= STABLE;
  if (sick.length === 0 && well.every((at) => at !== undefined)) {
    if (recovered === undefined) return { text: 'nothing of it is watched any more' };
    const areFollowing = dependants.some((resource) => outages.wellSince(resource) === undefined);
    return areFollowing && !isSettled ? undefined : { text: 'all are well again', recovered };
  }
  const isFew = sick.length < 2 || sick.length * 2 < watched.length;
  if (!isSettled || !isFew) return undefined;
  return { text: `the others have been well for long: what is left has a cause of its own`, recovered };
}
