import type { DesiredResource } from '../model/graph.ts';
import type { Offer } from '../model/offer.ts';
import type { InstanceState, RecordedState } from '../model/state.ts';
import type { Ledger } from './ledger.ts';
import { stated } from './needs.ts';
import type { Part } from './part.ts';
import { preference } from './preference.ts';
import { shareOut } from './share-out.ts';

interface Fleet {
  resources: readonly DesiredResource[];
  /** Accounts that may hold each resource. */
  able: readonly (readonly number[])[];
  offers: readonly Offer[];
  recorded: Pick<RecordedState, 'resources'>;
  ledger: Ledger;
}

const NOBODY: readonly number[] = [];
const NOTHING_STATED = stated({});

/** The parts of all resources. Those that run somewhere stay and are charged there, unless they may not or have outgrown it; the others have no place yet. */
export function keepPlaces({ resources, able, offers, recorded, ledger }: Fleet): Part[] {
  const parts: Part[] = [];
  const grown: Part[] = [];
  resources.forEach((resource, index) => {
    const fitting = able[index] as readonly number[];
    if (fitting.length === 0) return;
    const instances = recorded.resources.get(resource.address)?.instances;
    const shares = shareOut(resource, fitting, offers);
    const staying = instances ? holders(resource, fitting, offers, instances) : NOBODY;
    const states =
      ledger.dimensions.length > 0 ? stated(resource.spec, resource.place, resource.replicas) : NOTHING_STATED;
    const taken = new Set<number>();
    for (const { replicas, able } of shares) {
      const held = staying.find((index) => !taken.has(index) && able.includes(index)) ?? -1;
      taken.add(held);
      const needs = ledger.needs(resource.kind, replicas, states, held < 0);
      const made: Part = { resource, replicas, of: shares.length, able, needs, held, at: -1 };
      parts.push(made);
      if (held < 0) continue;
      if (outgrew(made, instances?.[(offers[held] as Offer).account] as InstanceState, ledger)) grown.push(made);
      else keep(made, ledger);
    }
  });
  for (const part of grown)
    if (part.resource.protect || ledger.fits(part.held, part.needs)) keep(part, ledger);
    else part.moved = 'it no longer fits';
  return parts;
}

function keep(part: Part, ledger: Ledger): void {
  part.at = part.held;
  ledger.charge(part.at, part.needs);
}

/** The accounts that hold it and may go on, those with most replicas first, so that the larger parts stay with them. */
function holders(
  resource: DesiredResource,
  able: readonly number[],
  offers: readonly Offer[],
  instances: Record<string, InstanceState>,
): number[] {
  const found = able.filter((index) => Object.hasOwn(instances, (offers[index] as Offer).account));
  if (found.length < 2) return found;
  const replicas = (index: number) => instances[(offers[index] as Offer).account]?.replicas ?? 0;
  const prefers = preference(resource, able, offers);
  return found.toSorted((a, b) => replicas(b) - replicas(a) || prefers(b) - prefers(a));
}

/** Whether it takes more of something limited than it did. */
function outgrew({ resource, needs }: Part, { replicas, spec }: InstanceState, ledger: Ledger): boolean {
  if (needs.length === 0) return false;
  const before = ledger.needs(resource.kind, replicas, stated(spec, resource.place, resource.replicas), false);
  return needs.some((amount, index) => amount > (before[index] as number));
}
