import * as z from 'zod/mini';
import type { Config, EnvironmentConfig, ProviderConfig, StatusConfig } from '../model/config.ts';
import { ConfigError, type Problem } from '../model/errors.ts';
import { KINDS, SECTION, type JsonObject, type Position } from '../model/resource.ts';
import type { Locator } from './locate.ts';
import { isMap, mergeFiles } from './merge-files.ts';
import { newProblems, readOverlay } from './overlay.ts';
import { placeIn } from './place-in.ts';
import { problemsOf, type Place } from './problems-of.ts';
import { readYaml } from './read-yaml.ts';
import { LARGEST } from './source-text.ts';
import { FILE } from './schema/file.ts';
import { incidentsOf, maintenanceOf } from './schema/incidents.ts';
import { policyRulesOf } from './schema/policy.ts';
import { compact } from './schema/resource.ts';
import { RESOURCE } from './schema/resources.ts';
import { secretsOf } from './schema/secrets.ts';
import { strangers } from './strangers.ts';

const MOST_RESOURCES = 20_000;
const MOST_PROBLEMS = 1000;
/** More than this many are not looked up and put in order: the first thousand of them will do. */
const FLOOD = 2000;

/** The config as plain data, and the files that its positions are looked up in. */
export interface CheckedConfig {
  data: ConfigData;
  locators: Locator[];
}

/** Everything of a config but the way to ask for positions. */
export type ConfigData = Omit<Config, 'position'>;

/** Reads and validates the given files. Throws ConfigError with all problems of all files, in the order of the files. */
export async function checkConfig(chosen: readonly [string, Uint8Array | string][]): Promise<CheckedConfig> {
  const locators: Locator[] = [];
  let problems: Problem[] = [];
  const size = chosen.reduce((sum, [, content]) => sum + content.length, 0);
  if (chosen.length > 1 && size > LARGEST) throw new ConfigError([tooLarge(chosen.length, chosen[0]?.[0] ?? '')]);
  for (const [file, content] of chosen) {
    const read = await readYaml(file, content);
    problems = problems.concat(read.problems);
    if (read.locator) locators.push(read.locator);
  }
  // With a file missing, what is left would only be blamed for what stands in that file.
  if (locators.length < chosen.length) throw failure(problems, chosen);

  const { value, problems: clashes } = mergeFiles(locators);
  problems = problems.concat(clashes);
  if (clashes.length > 0 && Object.keys(value).length === 0) throw failure(problems, chosen);
  const place = placeIn(locators);
  const count = KINDS.map((kind) => Object.keys(value[SECTION[kind]] ?? {}).length).reduce((sum, size) => sum + size);
  if (count > MOST_RESOURCES) throw failure([...problems, tooMany(count, place([], 'key').position)], chosen);

  const checked = z.safeParse(FILE, value, { reportInput: true });
  const issues = checked.error?.issues ?? [];
  const told = issues.slice(0, FLOOD);
  problems = problems.concat(elsewhere(problemsOf(told, place), problems), misnamed(told, value, place));
  const overlays: Record<string, EnvironmentConfig['overlay']> = {};
  for (const name of isMap(value['environments']) ? Object.keys(value['environments']) : []) {
    const read = readOverlay(value, name, place, FLOOD - problems.length);
    problems = problems.concat(newProblems(read.problems, problems));
    overlays[name] = read.overlay;
  }
  if (!checked.success || problems.length > 0) throw failure(problems, chosen);
  const data = dataOf(checked.data, overlays);
  const strange = strangers(data, place);
  if (strange.length > 0) throw failure(strange, chosen);
  return { data, locators };
}

/** A key that is bad in itself is not worth a second word about being unknown. */
function elsewhere(problems: Problem[], known: readonly Problem[]): Problem[] {
  const places = new Set(known.map(placeText));
  return problems.filter((problem) => !places.has(placeText(problem)));
}

/** zod does not look at what stands under a name that it refuses: looks there as well. */
function misnamed(issues: readonly z.core.$ZodIssue[], file: Record<string, unknown>, place: Place): Problem[] {
  return issues.flatMap(({ code, path }) => {
    const [section, name] = path as [string, string];
    const kind =
      code === 'invalid_key' && path.length === 2 && KINDS.find((candidate) => SECTION[candidate] === section);
    if (!kind) return [];
    const checked = z.safeParse(RESOURCE[kind], (file[section] as Record<string, unknown>)[name], {
      reportInput: true,
    });
    return checked.success ? [] : problemsOf(checked.error.issues, place, [section, name]);
  });
}

function placeText({ position: { file, line, column } }: Problem): string {
  return `${file}:${line}:${column}`;
}

function dataOf(file: z.output<typeof FILE>, overlays: Record<string, EnvironmentConfig['overlay']>): ConfigData {
  const environments = Object.entries(file.environments ?? { production: {} }).map(
    ([name, given]): [string, EnvironmentConfig] => {
      const { branch, pull_requests: pullRequests = false, ttl } = given ?? {};
      return [
        name,
        {
          ...(branch === undefined ? {} : { branch }),
          pullRequests,
          ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
          overlay: overlays[name] ?? {},
        },
      ];
    },
  );
  const providers = Object.entries(file.providers ?? { local: {} }).map(([name, given]): [string, ProviderConfig] => {
    const { type = name, limits, ...options } = given ?? {};
    const own = limits && { limits: compact(limits) };
    return [name, { type, options: compact(options) as JsonObject, ...own }];
  });
  return {
    fleet: file.fleet,
    environments: Object.fromEntries(environments),
    providers: Object.fromEntries(providers),
    resources: Object.fromEntries(
      KINDS.map((kind) => [kind, (file as Record<string, unknown>)[SECTION[kind]] ?? {}]),
    ) as Config['resources'],
    secrets: secretsOf(file.secrets),
    report: { comment: file.report?.comment ?? false },
    limits: { concurrency: file.limits?.concurrency ?? 10 },
    drift: file.drift ?? 'report',
    incidents: incidentsOf(file.incidents),
    maintenance: maintenanceOf(file.maintenance),
    ...(file.policy ? { policy: policyRulesOf(file.policy) } : {}),
    ...(file.app ? { app: file.app } : {}),
    status: statusOf(file),
    ...(file.placement?.weights ? { placement: { weights: compact(file.placement.weights) } } : {}),
  };
}

function statusOf({ fleet, status = {} }: z.output<typeof FILE>): StatusConfig {
  const { title = fleet, description, url } = status;
  return compact({ title, description, url: url?.replace(/\/+$/, '') });
}

function tooLarge(count: number, file: string): Problem {
  const message = `the ${count} config files have more than 4 MiB together`;
  return { position: { file, line: 1, column: 1 }, path: '', message, hint: 'split the fleet' };
}

function tooMany(count: number, position: Position): Problem {
  const message = `there are ${count} resources`;
  return { position, path: '', message, hint: `expected at most ${MOST_RESOURCES}; split the fleet` };
}

/** All problems in the order of the text; of a flood the first thousand. */
function failure(problems: readonly Problem[], files: readonly [string, unknown][]): ConfigError {
  const order = new Map(files.map(([file], index) => [file, index]));
  const sorted = problems.toSorted(
    ({ position: a }, { position: b }) =>
      (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line || a.column - b.column,
  );
  const next = sorted[MOST_PROBLEMS];
  if (!next) return new ConfigError(sorted);
  const { position } = next;
  return new ConfigError([
    ...sorted.slice(0, MOST_PROBLEMS),
    { position, path: '', message: 'there are more problems from here on', hint: 'mend the first ones' },
  ]);
}
