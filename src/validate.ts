import { readConfig } from './config/read-config.ts';
import { resourcesFor } from './config/resources-for.ts';
import { buildGraph } from './desired/build-graph.ts';
import type { Config } from './model/config.ts';
import { ConfigError, tagOf, type Problem } from './model/errors.ts';
import type { Graph } from './model/graph.ts';
import type { Ports } from './ports.ts';
import { DEFAULT_ENVIRONMENT } from './model/config.ts';

/**
 * The config and the graph of every environment, or of the one named; asks no provider. ConfigError carries the problems of
 * all environments, each once.
 */
export async function validate(
  { commit, environment }: { commit: string | null; environment: string | undefined },
  { store }: Pick<Ports, 'store'>,
): Promise<{ config: Config; graphs: Graph[] }> {
  const reading = store.tree(commit);
  reading.catch(() => {}); // a bad config is reported first
  const snapshot = await store.read({ commit, environment: environment ?? DEFAULT_ENVIRONMENT });
  const config = await readConfig(snapshot.config);
  const tree = await reading;
  const problems = new Map<string, Problem>();
  const graphs: Graph[] = [];
  for (const name of environment === undefined ? Object.keys(config.environments) : [environment]) {
    try {
      graphs.push(buildGraph({ config, environment: name, resources: resourcesFor(config, name).resources, tree }));
    } catch (error) {
      if (tagOf(error) !== 'config') throw error;
      for (const problem of (error as ConfigError).problems) problems.set(JSON.stringify(problem), problem);
    }
  }
  if (problems.size > 0) throw new ConfigError([...problems.values()]);
  return { config, graphs };
}
