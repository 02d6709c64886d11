import { digest } from '../model/canonical.ts';
import type { Config } from '../model/config.ts';
import type { Graph } from '../model/graph.ts';

/** Which accounts there are and what may run where, as a digest: what a failover goes by, though nothing that runs is made of it. */
export function waysOf({ providers }: Pick<Config, 'providers'>, { resources }: Graph): string {
  const accounts = Object.entries(providers).map(([name, { type, options }]) => [name, type, options]);
  return digest([accounts, resources.map(({ address, place }) => [address, place])]);
}
