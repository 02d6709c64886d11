import { closest } from '../model/closest.ts';
import type { Config, ResourceConfig } from '../model/config.ts';
import { ConfigError } from '../model/errors.ts';
import { KINDS, type Kind } from '../model/resource.ts';
import { quote } from './quote.ts';

/** The resources of one environment, its overlay applied. Throws ConfigError for an environment that the config does not have. */
export function resourcesFor(
  config: Config,
  environment: string,
): { resources: Record<Kind, Record<string, ResourceConfig>> } {
  const { overlay } = environmentOf(config, environment);
  const resources = { ...config.resources };
  for (const kind of KINDS) {
    const changes = overlay[kind];
    if (!changes) continue;
    const merged = new Map(Object.entries(config.resources[kind]));
    for (const [name, resource] of Object.entries(changes)) {
      if (resource === null) merged.delete(name);
      else merged.set(name, resource);
    }
    resources[kind] = Object.fromEntries(merged);
  }
  return { resources };
}

/** The config of an environment; a pull request's copy `<name>-<number>` has that of `<name>`. */
function environmentOf(config: Config, environment: string) {
  const exact = Object.hasOwn(config.environments, environment) ? config.environments[environment] : undefined;
  if (exact) return exact;
  const base = /^(.+)-[0-9]+$/.exec(environment)?.[1];
  const copied = base !== undefined && Object.hasOwn(config.environments, base) ? config.environments[base] : undefined;
  if (copied?.pullRequests) return copied;

  const names = Object.keys(config.environments);
  const near = closest(environment, names);
  throw new ConfigError([
    {
      position: config.position('environments'),
      path: 'environments',
      message: `there is no environment ${quote(environment)}`,
      hint: near ? `did you mean ${quote(near)}?` : `there are: ${names.join(', ')}`,
    },
  ]);
}
