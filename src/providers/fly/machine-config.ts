import { canonical } from '../../model/canonical.ts';
import { imageVariable } from '../../model/built-image.ts';
import type { ServiceSpec } from '../../model/config.ts';
import type { Refusal } from '../../model/offer.ts';
import type { Address, JsonObject } from '../../model/resource.ts';
import type { Desired, Observed, Target } from '../../provider-kit/provider.ts';
import { requireOffered } from '../../provider-kit/refusal.ts';
import type { Config, Machine } from './api.ts';
import { guestOf } from './guest.ts';
import { refuses } from './refuses.ts';

/** Ownership and hash stand in each machine's metadata: apps carry no labels. */
const FLEET = 'flotilla_fleet';
const ENVIRONMENT = 'flotilla_environment';
const ADDRESS = 'flotilla_address';
const HASH = 'flotilla_hash';

/** Why Fly cannot run this from here; undefined when it can. */
export function refusal(desired: Desired): Refusal | undefined {
  const { source } = desired.spec as unknown as ServiceSpec;
  const refused = refuses(desired);
  if (refused || source.image !== undefined) return refused;
  return {
    at: 'source',
    because: 'fly runs images, and it is made from a folder',
    mend: `build its image in the workflow, which hands it over in ${imageVariable(desired.name)}, or set source.image`,
  };
}

/** The whole config of each of the machines. @throws UnsupportedError for what Fly cannot run from here. */
export function configOf(desired: Desired): Config {
  const spec = desired.spec as unknown as ServiceSpec;
  requireOffered(desired, refusal(desired));
  const { image = '', command } = spec.source;
  return {
    image,
    env: envOf(spec),
    metadata: marksOf(desired),
    guest: guestOf(spec),
    restart: { policy: 'on-failure', max_retries: 10 },
    ...(command ? { init: { cmd: command } } : {}),
    services: spec.port === undefined ? [] : [publicService(spec, spec.port)],
  };
}

/** What says whose a machine is and what it was made from. */
export function marksOf({ fleet, environment, address, hash }: Desired): Record<string, string> {
  return { [FLEET]: fleet, [ENVIRONMENT]: environment, [ADDRESS]: address, [HASH]: hash };
}

/** Every service gets PORT, as at most providers, unless the config sets its own. */
function envOf({ env = {}, port }: ServiceSpec): Record<string, string> {
  return port === undefined ? env : { PORT: String(port), ...env };
}

/** HTTP and HTTPS on the app's addresses. Nothing stops a machine for being idle behind the plan's back. */
function publicService({ health }: ServiceSpec, port: number) {
  const pace = {
    interval: '15s',
    timeout: `${health?.timeoutSeconds ?? 10}s`,
    grace_period: `${health?.graceSeconds ?? 30}s`,
  };
  const check = health ? { type: 'http', method: 'GET', path: health.path } : { type: 'tcp' };
  return {
    protocol: 'tcp',
    internal_port: port,
    autostart: true,
    autostop: false,
    ports: [
      { port: 80, handlers: ['http'], force_https: true },
      { port: 443, handlers: ['tls', 'http'] },
    ],
    checks: [{ ...check, port, ...pace }],
  };
}

export function isOurs({ config }: Machine, { fleet, environment, address }: Target): boolean {
  const { metadata } = config;
  return metadata?.[FLEET] === fleet && metadata[ENVIRONMENT] === environment && metadata[ADDRESS] === address;
}

export function ownerOf({ config: { metadata } }: Machine): Observed['owner'] {
  const [fleet, environment] = [metadata?.[FLEET], metadata?.[ENVIRONMENT]];
  return fleet !== undefined && environment !== undefined ? { fleet, environment } : null;
}

export function addressOf({ config }: Machine): Address | undefined {
  return config.metadata?.[ADDRESS] as Address | undefined;
}

export function hashOf({ metadata }: Config): string | null {
  return metadata?.[HASH] ?? null;
}

/** What drift is looked for in. Of the environment the names only, without PORT, which what was imported may lack. */
export function attributesOf({ image, env, guest, services }: Config): JsonObject {
  return {
    image,
    env: Object.keys(env ?? {})
      .filter((name) => name !== 'PORT')
      .toSorted(),
    cpus: guest?.cpus ?? null,
    memory_mb: guest?.memory_mb ?? null,
    port: services?.[0]?.internal_port ?? null,
  };
}

/** Whether a machine has what is wanted. */
export function sameConfig(wanted: Config, actual: Config): boolean {
  const [{ image: to, ...rest }, { image: from, ...others }] = [attributesOf(wanted), attributesOf(actual)];
  return (
    hashOf(wanted) === hashOf(actual) &&
    sameImage(to as string, from as string) &&
    canonical(rest) === canonical(others)
  );
}

/** Fly may show the digest that it found behind a tag. */
export function sameImage(wanted: string, actual: string): boolean {
  return wanted === actual || (!wanted.includes('@') && actual.startsWith(`${wanted}@`));
}
