import { canonical } from '../../model/canonical.ts';
import { imageVariable } from '../../model/built-image.ts';
import type { ServiceSpec } from '../../model/config.ts';
import { UnsupportedError } from '../../model/errors.ts';
import type { Address, JsonObject } from '../../model/resource.ts';
import type { Desired, Observed, Target } from '../../provider-kit/provider.ts';
import type { Config, Machine } from './api.ts';

/** Ownership and hash stand in each machine's metadata: apps carry no labels. */
const FLEET = 'flotilla_fleet';
const ENVIRONMENT = 'flotilla_environment';
const ADDRESS = 'flotilla_address';
const HASH = 'flotilla_hash';

const MIB = 1024 * 1024;
const SIZES = [1, 2, 4, 8];

/** Why Fly cannot run this from here; undefined when it can. */
export function refusal({ address, name, spec }: Desired): UnsupportedError | undefined {
  const { source, domains, rollout } = spec as unknown as ServiceSpec;
  if (domains?.length)
    return new UnsupportedError(`domains at fly are not offered yet (${address})`, {
      mend: 'add them in its dashboard',
    });
  if (rollout?.strategy === 'canary')
    return new UnsupportedError(`fly has no canary rollout (${address})`, { mend: 'use rolling' });
  if (source.image === undefined)
    return new UnsupportedError(`fly runs images, and ${address} is made from a folder`, {
      mend: `build its image in the workflow, which hands it over in ${imageVariable(name)}, or set source.image`,
    });
  if (guestOf(spec as unknown as ServiceSpec)) return undefined;
  return new UnsupportedError(`${address} does not fit: shared machines of fly have at most 8 CPUs and 16 GB`, {
    mend: 'ask for less under resources, or place it elsewhere',
  });
}

/** The whole config of each of the machines. @throws UnsupportedError for what Fly cannot run from here. */
export function configOf(desired: Desired): Config {
  const { fleet, environment, address, hash } = desired;
  const spec = desired.spec as unknown as ServiceSpec;
  const { image, command } = spec.source;
  const guest = guestOf(spec);
  const refused = refusal(desired);
  if (refused || image === undefined || !guest) throw refused as Error;
  return {
    image,
    env: envOf(spec),
    metadata: { [FLEET]: fleet, [ENVIRONMENT]: environment, [ADDRESS]: address, [HASH]: hash },
    guest,
    restart: { policy: 'on-failure', max_retries: 10 },
    ...(command ? { init: { cmd: command } } : {}),
    services: spec.port === undefined ? [] : [publicService(spec, spec.port)],
  };
}

/** Every service gets PORT, as at most providers, unless the config sets its own. */
function envOf({ env = {}, port }: ServiceSpec): Record<string, string> {
  return port === undefined ? env : { PORT: String(port), ...env };
}

/** The smallest shared machine that holds what is asked for, if there is one. */
function guestOf({ resources = {} }: ServiceSpec) {
  const { millicpu = 0, memoryBytes = 0 } = resources;
  const memory = Math.max(256, Math.ceil(memoryBytes / MIB / 256) * 256);
  const cpus = SIZES.find((size) => size * 1000 >= millicpu && size * 2048 >= memory);
  return cpus && { cpu_kind: 'shared', cpus, memory_mb: Math.max(memory, cpus * 256) };
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

/** What drift is looked for in. Of the environment the names only. */
export function attributesOf({ image, env, guest, services }: Config): JsonObject {
  return {
    image,
    env: Object.keys(env ?? {}).toSorted(),
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
