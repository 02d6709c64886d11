import * as z from 'zod/mini';
import type { Config } from '../model/config.ts';
import { ConfigError } from '../model/errors.ts';
import { chooseFiles } from './choose-files.ts';
import type { Locator } from './locate.ts';
import { mergeFiles } from './merge-files.ts';
import { placeIn } from './place-in.ts';
import { problemsOf } from './problems-of.ts';
import { readYaml } from './read-yaml.ts';
import { app, policy, policyRulesOf } from './schema/policy.ts';
import { positionIn, spotOf } from './spots.ts';

/** What a repository lets whom do, and where it says so. */
export type PolicySource = Pick<Config, 'policy' | 'app' | 'position'>;

/**
 * The policy alone, out of the files of another commit, which may describe a fleet that is long gone or not yet right in itself.
 * Throws ConfigError when the policy cannot be told from them.
 */
export async function readPolicy(files: ReadonlyMap<string, Uint8Array | string>): Promise<PolicySource> {
  const locators: Locator[] = [];
  for (const [file, content] of files.size === 0 ? [] : chooseFiles(files)) {
    const { locator, problems } = await readYaml(file, content);
    if (problems.length > 0 || !locator) throw new ConfigError(problems);
    locators.push(locator);
  }
  const { value, problems } = mergeFiles(locators);
  const clashes = problems.filter(({ path }) => /^(policy|app)(\.|$)/.test(path));
  if (clashes.length > 0) throw new ConfigError(clashes);
  const place = placeIn(locators);
  const said = Object.fromEntries(Object.entries(value).filter(([name]) => name === 'policy' || name === 'app'));
  const checked = z.safeParse(z.object({ policy, app }), said, { reportInput: true });
  if (!checked.success) throw new ConfigError(problemsOf(checked.error.issues, place));
  const { policy: given, app: name } = checked.data;
  const spots = locators.map((locator) => [locator.file.source.file, spotOf(locator)] as const);
  return {
    ...(given ? { policy: policyRulesOf(given) } : {}),
    ...(name ? { app: name } : {}),
    position: positionIn(() => spots),
  };
}
