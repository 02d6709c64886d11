import { canonical, digest } from '../../model/canonical.ts';
import type { ServiceSpec } from '../../model/config.ts';
import { UnsupportedError } from '../../model/errors.ts';
import type { Address, JsonObject } from '../../model/resource.ts';
import type { Desired, Observed, Target } from '../../provider-kit/provider.ts';
import { requireOffered } from '../../provider-kit/refusal.ts';
import type { App, Formation } from './answers.ts';
import type { ConfigVars } from './api.ts';
import { refuses } from './refuses.ts';

/** Whose an app is and what it was made from stands in its config vars: apps carry no labels. */
const FLEET = 'FLOTILLA_FLEET';
const ENVIRONMENT = 'FLOTILLA_ENVIRONMENT';
const ADDRESS = 'FLOTILLA_ADDRESS';
const HASH = 'FLOTILLA_HASH';
/** Names of the variables that the config set: add-ons set others, which are not ours to remove. */
const NAMES = 'FLOTILLA_NAMES';
/** What the build that belongs to these variables is called. Only when that succeeded does the hash say what runs. */
const SOURCE = 'FLOTILLA_SOURCE';

const LONGEST_NAME = 30;
export const CONTAINER = 'container';
const BUILDPACKS = 'heroku-24';
const MIB = 1024 * 1024;

/** The identity, within the 30 characters that an app's name may have. */
export function appName(identity: string): string {
  if (identity.length <= LONGEST_NAME) return identity;
  const hash = identity.slice(-9);
  return `${identity.slice(0, LONGEST_NAME - hash.length).replace(/-+$/, '')}${hash}`;
}

export function ownerOf(vars: ConfigVars): Observed['owner'] {
  const [fleet, environment] = [vars[FLEET], vars[ENVIRONMENT]];
  return fleet !== undefined && environment !== undefined ? { fleet, environment } : null;
}

export function addressOf(vars: ConfigVars): Address | undefined {
  return vars[ADDRESS] as Address | undefined;
}

export function isOurs(vars: ConfigVars, { fleet, environment, address }: Target): boolean {
  return vars[FLEET] === fleet && vars[ENVIRONMENT] === environment && vars[ADDRESS] === address;
}

export function hashOf(vars: ConfigVars): string | undefined {
  return vars[HASH];
}

/** The name of the build that these variables wait for. */
export function sourceOf(vars: ConfigVars): string | undefined {
  return vars[SOURCE];
}

/** @throws UnsupportedError for what Heroku, or this release at Heroku, does not do. */
export function checkOffered(desired: Desired): void {
  requireOffered(desired, refuses(desired));
  if (specOf(desired).source.image === undefined && !desired.source)
    throw new UnsupportedError(`${desired.address} has neither an image nor a folder`, { mend: 'set source.dir' });
}

/**
 * The build's name: what it is made from and the release that it comes after, so that a source that returns is built anew
 * and none is taken for built because it once was. With the same source as before it stays, and nothing is built.
 */
function buildName(desired: Desired, vars: ConfigVars, version: number): string {
  const { image, dockerfile, command } = specOf(desired).source;
  const key = digest({ image, dockerfile, command, tree: desired.source?.tree });
  const before = vars[SOURCE];
  return before?.startsWith(`${key}.`) ? before : `${key}.${version}`;
}

/** What makes an app ours whose variables stay as they are; `source` is what its newest build is called. */
export function markChanges(desired: Desired, source: string | undefined): ConfigVars {
  const { fleet, environment, address, hash } = desired;
  const names = Object.keys(specOf(desired).env ?? {}).toSorted();
  return {
    [FLEET]: fleet,
    [ENVIRONMENT]: environment,
    [ADDRESS]: address,
    [HASH]: hash,
    [NAMES]: names.join(' '),
    ...(source === undefined ? {} : { [SOURCE]: source }),
  };
}

/** What has to change in the variables; null takes one away. Empty when nothing has. */
export function changesOf(desired: Desired, vars: ConfigVars, version: number): Record<string, string | null> {
  const { fleet, environment, address, hash } = desired;
  const { env = {} } = specOf(desired);
  const names = Object.keys(env).toSorted();
  const wanted: ConfigVars = {
    ...env,
    [FLEET]: fleet,
    [ENVIRONMENT]: environment,
    [ADDRESS]: address,
    [HASH]: hash,
    [NAMES]: names.join(' '),
    [SOURCE]: buildName(desired, vars, version),
  };
  const gone = namesOf(vars).filter((name) => vars[name] !== undefined && wanted[name] === undefined);
  return {
    ...Object.fromEntries(Object.entries(wanted).filter(([name, value]) => vars[name] !== value)),
    ...Object.fromEntries(gone.map((name) => [name, null])),
  };
}

/** Images and Dockerfiles are built as containers, everything else by buildpacks. */
export function stackOf(desired: Desired, app: App | undefined): string | undefined {
  const { image, dockerfile } = specOf(desired).source;
  const isContainer = app?.build_stack?.name === CONTAINER;
  if (image !== undefined || dockerfile !== undefined) return isContainer ? undefined : CONTAINER;
  return isContainer ? BUILDPACKS : undefined;
}

/** The smallest type of dyno that holds it; undefined leaves the choice to Heroku. */
function dynoSize({ resources }: ServiceSpec, replicas: number): string | undefined {
  const memory = (resources?.memoryBytes ?? 0) / MIB;
  if (memory > 2560) return 'performance-l';
  if (memory > 1024) return 'performance-m';
  if (memory > 512) return 'standard-2x';
  return replicas > 1 ? 'standard-1x' : undefined;
}

/** What drift is looked for in. Of the variables only the names. */
export function wantedAttributes(desired: Desired): JsonObject {
  const { env = {} } = specOf(desired);
  const size = dynoSize(specOf(desired), desired.replicas);
  return { quantity: desired.replicas, env: Object.keys(env).toSorted(), ...(size ? { size } : {}) };
}

export function attributesOf(app: App, vars: ConfigVars, web: Formation | undefined): JsonObject {
  return {
    region: app.region.name,
    quantity: web?.quantity ?? 0,
    size: web?.dyno_size?.name?.toLowerCase() ?? null,
    env: namesOf(vars).filter((name) => vars[name] !== undefined),
  };
}

/** The change of the web processes that is needed, if one is. */
export function scaleOf(desired: Desired, web: Formation | undefined) {
  const { quantity, size } = wantedAttributes(desired) as { quantity: number; size?: string };
  const is = { quantity: web?.quantity, size: web?.dyno_size?.name?.toLowerCase() };
  const wanted = { quantity, size: size ?? is.size };
  if (web && canonical(is) === canonical(wanted)) return undefined;
  return { type: 'web', quantity, ...(size ? { dyno_size: size } : {}) };
}

function namesOf(vars: ConfigVars): string[] {
  return (vars[NAMES] ?? '').split(' ').filter(Boolean);
}

export function specOf({ spec }: Desired): ServiceSpec {
  return spec as unknown as ServiceSpec;
}
