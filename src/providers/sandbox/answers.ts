import { KINDS, type JsonObject, type Kind } from '../../model/resource.ts';

/**
 * What the pretend cloud answers, as far as the handler relies on it. Checked by hand: loading a schema library takes longer
 * than everything that is tried and measured with this provider.
 */
export interface Deployment {
  id: string;
  /** The deployment that this one repeats: its own id unless it came from a rollback. */
  origin: string;
  status: string;
  labels: Record<string, string>;
  replicas: number;
  settings: JsonObject;
  /** Names only: values go in and never come out. */
  env: string[];
}

export interface Resource {
  id: string;
  kind: Kind;
  name: string;
  region: string;
  labels: Record<string, string>;
  outputs: Record<string, string>;
  /** What runs; null until a deployment succeeded. */
  serving: Deployment | null;
  /** The newest deployment, whatever became of it. */
  latest: Deployment;
}

export interface ResourcePage {
  resources: Resource[];
  next?: string;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isTextMap: Check = (value) => isMap(value) && Object.values(value).every(isText);

const DEPLOYMENT: Record<keyof Deployment, Check> = {
  id: isText,
  origin: isText,
  status: isText,
  labels: isTextMap,
  replicas: Number.isInteger,
  settings: isMap,
  env: isTexts,
};

const RESOURCE: Record<keyof Resource, Check> = {
  id: isText,
  kind: (value) => KINDS.includes(value as Kind),
  name: isText,
  region: isText,
  labels: isTextMap,
  outputs: isTextMap,
  serving: (value) => value === null || isDeployment(value),
  latest: isDeployment,
};

function isDeployment(value: unknown): boolean {
  return wrong(value, DEPLOYMENT) === undefined;
}

/** The first key whose value is not as it must be; undefined when all are. */
function wrong(value: unknown, shape: Record<string, Check>): string | undefined {
  if (!isMap(value)) return 'not an object';
  for (const key in shape) if (!shape[key]?.(value[key])) return key;
  return undefined;
}

/** @throws Error that names what is not as expected, as the next two. */
export function asResource(value: unknown): Resource {
  const key = wrong(value, RESOURCE);
  if (key !== undefined) throw new Error(`a resource is not as expected: ${key}`);
  return value as Resource;
}

export function asPage(value: unknown): ResourcePage {
  const key = wrong(value, { resources: Array.isArray, next: (next) => next === undefined || isText(next) });
  if (key !== undefined) throw new Error(`a page of resources is not as expected: ${key}`);
  const page = value as ResourcePage;
  page.resources.forEach(asResource);
  return page;
}

export function asLines(value: unknown): string[] {
  if (wrong(value, { lines: isTexts }) !== undefined) throw new Error('log lines are not as expected');
  return (value as { lines: string[] }).lines;
}
