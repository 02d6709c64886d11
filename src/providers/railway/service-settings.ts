import type { ServiceSpec } from '../../model/config.ts';
import { UnsupportedError } from '../../model/errors.ts';
import type { Address, JsonObject } from '../../model/resource.ts';
import type { Desired, Observed, Scope, Target } from '../../provider-kit/provider.ts';
import type { Instance } from './answers.ts';
import type { Settings } from './api.ts';
import { regionCode } from './regions.ts';

/** Whose a service is and what it was made from stands in its variables, of which every deployment keeps a copy. */
const FLEET = 'FLOTILLA_FLEET';
const ENVIRONMENT = 'FLOTILLA_ENVIRONMENT';
const ADDRESS = 'FLOTILLA_ADDRESS';
const HASH = 'FLOTILLA_HASH';

const LONGEST_NAME = 32;
const GIB = 1024 ** 3;

/** What a project says of itself: names of projects are not unique, and this is how a fleet's is told from others. */
export function projectMark({ fleet, environment }: Pick<Scope, 'fleet' | 'environment'>): string {
  return `Made by Flotilla for ${fleet}, ${environment}. It is found by this text.`;
}

/** Whether a project's description says that it is the fleet's, whatever else it says. */
export function isProjectOf(description: string, scope: Pick<Scope, 'fleet' | 'environment'>): boolean {
  return description.split('\n').includes(projectMark(scope));
}

/** The identity, within the 32 characters that a service's name may have. */
export function serviceName(identity: string): string {
  if (identity.length <= LONGEST_NAME) return identity;
  const hash = identity.slice(-9);
  return `${identity.slice(0, LONGEST_NAME - hash.length).replace(/-+$/, '')}${hash}`;
}

export function marksOf({ fleet, environment, address }: Target): Record<string, string> {
  return { [FLEET]: fleet, [ENVIRONMENT]: environment, [ADDRESS]: address };
}

/** What makes a service ours whose other variables stay as they are. */
export function importMarks(desired: Desired): Record<string, string> {
  return { ...marksOf(desired), [HASH]: desired.hash };
}

export function ownerOf(variables: Record<string, string>): Observed['owner'] {
  const [fleet, environment] = [variables[FLEET], variables[ENVIRONMENT]];
  return fleet !== undefined && environment !== undefined ? { fleet, environment } : null;
}

export function addressOf(variables: Record<string, string>): Address | undefined {
  return variables[ADDRESS] as Address | undefined;
}

export function hashOf(variables: Record<string, string>): string | null {
  return variables[HASH] ?? null;
}

/** Everything that a deployment depends on, in the form that one request sends. */
export function settingsOf(
  desired: Desired,
  service: string,
  instance: Instance | undefined,
  repository: string | undefined,
): Settings {
  const spec = desired.spec as unknown as ServiceSpec;
  const { resources, port, health } = spec;
  const limits = {
    ...(resources?.memoryBytes ? { memoryGB: resources.memoryBytes / GIB } : {}),
    ...(resources?.millicpu ? { vCPUs: resources.millicpu / 1000 } : {}),
  };
  return {
    service,
    variables: variablesOf(desired),
    instance: {
      ...wanted(desired),
      source: sourceOf(desired, repository),
      ...(health ? { healthcheckTimeout: health.graceSeconds } : {}),
      restartPolicyType: 'ON_FAILURE',
    },
    autoDeployOff: spec.source.image === undefined,
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(port !== undefined && !instance?.domains.serviceDomains.length ? { domainFor: port } : {}),
  };
}

/** Every service gets PORT, as at most providers, unless the config sets its own. */
function variablesOf(desired: Desired): Record<string, string> {
  const { env = {}, port } = desired.spec as unknown as ServiceSpec;
  return { ...(port === undefined ? {} : { PORT: String(port) }), ...env, ...marksOf(desired), [HASH]: desired.hash };
}

/** @throws UnsupportedError when there is nothing that Railway could fetch. */
function sourceOf({ address, spec, commit }: Desired, repository: string | undefined): JsonObject {
  const { image } = (spec as unknown as ServiceSpec).source;
  if (image !== undefined) return { image };
  if (repository === undefined)
    throw new UnsupportedError(`railway builds ${address} from GitHub and is not told from which repository`, {
      mend: 'set providers.<account>.repository to owner/name',
    });
  if (commit === null)
    throw new UnsupportedError(`railway builds ${address} from a commit, and this is an uncommitted work tree`, {
      mend: 'commit and push first',
    });
  return { repo: repository };
}

/** Settings that are compared as well as sent. Null takes one away that was there. */
function wanted({ spec, replicas, region }: Desired): JsonObject {
  const { source, health } = spec as unknown as ServiceSpec;
  return {
    numReplicas: replicas,
    healthcheckPath: health?.path ?? null,
    startCommand: source.command?.map(quoted).join(' ') ?? null,
    ...(region === undefined ? {} : { region: regionCode(region) }),
    ...(source.image === undefined
      ? {
          rootDirectory: source.dir ?? null,
          dockerfilePath: source.dockerfile ?? null,
          buildCommand: source.build ?? null,
        }
      : {}),
  };
}

/** What drift is looked for in. Of the variables the names only, without ours and Railway's own. */
export function wantedAttributes(desired: Desired): JsonObject {
  const { source } = desired.spec as unknown as ServiceSpec;
  return { ...wanted(desired), env: namesOf(variablesOf(desired)), image: source.image ?? null };
}

export function attributesOf(instance: Instance, variables: Record<string, string>): JsonObject {
  const { numReplicas, healthcheckPath, startCommand, region, rootDirectory, dockerfilePath, buildCommand } = instance;
  return {
    numReplicas: numReplicas ?? 1,
    healthcheckPath: healthcheckPath ?? null,
    startCommand: startCommand ?? null,
    region: region ?? null,
    rootDirectory: rootDirectory ?? null,
    dockerfilePath: dockerfilePath ?? null,
    buildCommand: buildCommand ?? null,
    env: namesOf(variables),
    image: instance.source?.image ?? null,
  };
}

function namesOf(variables: Record<string, string>): string[] {
  return Object.keys(variables)
    .filter((name) => !/^(FLOTILLA|RAILWAY)_|^PORT$/.test(name))
    .toSorted();
}

/** One word for the shell that runs a start command. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
