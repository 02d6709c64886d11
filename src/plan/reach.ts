import type { Graph } from '../model/graph.ts';
import { secretAddress } from '../model/renewal.ts';
import type { Address } from '../model/resource.ts';

/** Resources and all that depend on them, however far: what a change of the first may make necessary. */
export function reach(only: ReadonlySet<Address>, { resources }: Graph): ReadonlySet<Address> {
  const reached = new Set(only);
  // In dependency order, so that one pass finds all.
  for (const { address, dependsOn, secrets } of resources)
    if (dependsOn.some((on) => reached.has(on)) || secrets.some((name) => reached.has(secretAddress(name))))
      reached.add(address);
  return reached;
}
