import * as z from 'zod/mini';
import type { Config, EnvironmentConfig, IncidentsConfig } from '../model/config.ts';
import { ConfigError } from '../model/errors.ts';
import { chooseFiles } from './choose-files.ts';
import type { Locator } from './locate.ts';
import { isMap, mergeFiles } from './merge-files.ts';
import { placeIn } from './place-in.ts';
import { problemsOf } from './problems-of.ts';
import { readYaml } from './read-yaml.ts';
import { app, policy, policyRulesOf } from './schema/policy.ts';
import { branchName, duration, environmentName, flag } from './schema/values.ts';
import { mapOf } from './schema/words.ts';
import { positionIn, spotOf } from './spots.ts';

/** What only the default branch may say: who may do what, what deploys which environment, whether private addresses may be asked. */
export interface PolicySource extends Pick<Config, 'policy' | 'app' | 'position'> {
  environments: Record<string, Pick<EnvironmentConfig, 'branch' | 'pullRequests' | 'ttlSeconds'>>;
  incidents: Pick<IncidentsConfig, 'allowPrivate'>;
}

/** Of an environment as much as says what deploys it; what it changes may be wrong in itself. */
const environments = z.optional(
  mapOf(
    'a map of environments by name',
    environmentName,
    z.nullable(
      z.looseObject({ branch: z.optional(branchName), pull_requests: z.optional(flag), ttl: z.optional(duration) }),
    ),
  ),
);

/**
 * That alone, out of the files of another commit, which may describe a fleet that is long gone or not yet right in itself.
 * Throws ConfigError when it cannot be told from them.
 */
export async function readPolicy(files: ReadonlyMap<string, Uint8Array | string>): Promise<PolicySource> {
  const locators: Locator[] = [];
  for (const [file, content] of files.size === 0 ? [] : chooseFiles(files)) {
    const { locator, problems } = await readYaml(file, content);
    if (problems.length > 0 || !locator) throw new ConfigError(problems);
    locators.push(locator);
  }
  const { value, problems } = mergeFiles(locators);
  const clashes = problems.filter(({ path }) => /^(policy|app|environments|incidents)(\.|$)/.test(path));
  if (clashes.length > 0) throw new ConfigError(clashes);
  const place = placeIn(locators);
  const checked = z.safeParse(z.object({ policy, app, environments }), value, { reportInput: true });
  if (!checked.success) throw new ConfigError(problemsOf(checked.error.issues, place));
  const { policy: given, app: name, environments: named = { production: null } } = checked.data;
  const spots = locators.map((locator) => [locator.file.source.file, spotOf(locator)] as const);
  return {
    ...(given ? { policy: policyRulesOf(given) } : {}),
    ...(name ? { app: name } : {}),
    environments: Object.fromEntries(Object.entries(named).map(([of, said]) => [of, deployingOf(said)])),
    incidents: { allowPrivate: isMap(value['incidents']) && value['incidents']['allow_private'] === true },
    position: positionIn(() => spots),
  };
}

function deployingOf(
  said: { branch?: string | undefined; pull_requests?: boolean | undefined; ttl?: number | undefined } | null,
): PolicySource['environments'][string] {
  const { branch, pull_requests: pullRequests = false, ttl: ttlSeconds } = said ?? {};
  return {
    pullRequests,
    ...(branch === undefined ? {} : { branch }),
    ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
  };
}
