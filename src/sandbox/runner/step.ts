/** Steps and the YAML shapes they are read from; a job and a composite action hold the same kind. */

/** `run:` defaults of a workflow or a job. */
export interface RunDefaults {
  shell?: string;
  workingDirectory?: string;
}

/** A step as written: every text may hold expressions. */
export interface Step {
  id?: string;
  name?: string;
  if?: string;
  /** The script; a step has this or `uses`. */
  run?: string;
  uses?: string;
  with: Record<string, string>;
  env: Record<string, string>;
  shell?: string;
  workingDirectory?: string;
  /** `true`, `false` or an expression of one. */
  continueOnError?: string;
  timeoutMinutes?: string;
}

/** A workflow or action file that this runner cannot execute, with the place in it and the reason. */
export class WorkflowFileError extends Error {
  override readonly name = 'WorkflowFileError';
}

export type YamlMap = Record<string, unknown>;

const STEP_KEYS = [
  'id',
  'name',
  'if',
  'run',
  'uses',
  'with',
  'env',
  'shell',
  'working-directory',
  'continue-on-error',
  'timeout-minutes',
];

/** Reads the list of steps that stands at `place`. */
export function readSteps(value: unknown, place: string): Step[] {
  if (!Array.isArray(value) || value.length === 0) throw new WorkflowFileError(`${place}: at least one step is needed`);
  return value.map((item, index) => readStep(item, `${place}[${index}]`));
}

function readStep(value: unknown, place: string): Step {
  const map = asMap(value, place);
  refuseUnknown(map, STEP_KEYS, place);
  const step: Step = {
    ...optional('id', map, place),
    ...optional('name', map, place),
    ...optional('if', map, place),
    ...optional('run', map, place),
    ...optional('uses', map, place),
    ...optional('shell', map, place),
    ...optional('working-directory', map, place, 'workingDirectory'),
    ...optional('continue-on-error', map, place, 'continueOnError'),
    ...optional('timeout-minutes', map, place, 'timeoutMinutes'),
    with: asTexts(map.with, `${place}.with`),
    env: asTexts(map.env, `${place}.env`),
  };
  if ((step.run === undefined) === (step.uses === undefined)) {
    throw new WorkflowFileError(`${place}: a step has either run: or uses:`);
  }
  return step;
}

/** Reads `defaults:`. */
export function readDefaults(value: unknown, place: string): RunDefaults {
  const map = asMap(value ?? {}, place);
  refuseUnknown(map, ['run'], place);
  const run = asMap(map.run ?? {}, `${place}.run`);
  refuseUnknown(run, ['shell', 'working-directory'], `${place}.run`);
  return { ...optional('shell', run, place), ...optional('working-directory', run, place, 'workingDirectory') };
}

/** The value as a map, or an error that names the place. */
export function asMap(value: unknown, place: string): YamlMap {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as YamlMap;
  throw new WorkflowFileError(`${place}: expected a map`);
}

/** The value as a map of texts; absent means empty. */
export function asTexts(value: unknown, place: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asMap(value ?? {}, place)).map(([key, text]) => [key, asText(text, `${place}.${key}`)]),
  );
}

/** A scalar as text; null is the empty text. */
export function asText(value: unknown, place: string): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new WorkflowFileError(`${place}: expected a text`);
}

/** `{ as: text }` when the map has `key`, else nothing: for spreading into a value with optional members. */
export function optional<Key extends string, As extends string = Key>(
  key: Key,
  map: YamlMap,
  place: string,
  as: As = key as unknown as As,
): { [K in NoInfer<As>]?: string } {
  const value = map[key];
  return (value === undefined ? {} : { [as]: asText(value, `${place}.${key}`) }) as { [K in NoInfer<As>]?: string };
}

/** Refuses keys that are not known; `why` explains those that GitHub has and this runner has not. */
export function refuseUnknown(
  map: YamlMap,
  known: readonly string[],
  place: string,
  why: Readonly<Record<string, string>> = {},
): void {
  for (const key of Object.keys(map)) {
    if (known.includes(key)) continue;
    throw new WorkflowFileError(`${place}.${key}: ${why[key] ?? `not known here; known are ${known.join(', ')}`}`);
  }
}
