import { ConflictError } from '../../model/errors.ts';
import type { Phase } from '../../model/phase.ts';
import type { Change } from '../../model/plan.ts';
import { OUTPUTS, type Address, type JsonObject, type Kind } from '../../model/resource.ts';
import { driftOf } from '../../provider-kit/drift.ts';
import { foundEnv, goneMeanwhile, leftOf, refuseOthers, settingsOf } from '../../provider-kit/survey.ts';
import type { Desired, Found, Handler, Observed, StepRun, Target } from '../../provider-kit/provider.ts';
import { waitUntilLive } from '../../provider-kit/wait-until-live.ts';
import type { Deployment, Resource } from './answers.ts';
import type { CloudReader, CloudWriter, Content } from './api.ts';

/** The status words of this cloud. A word that is not here is `unknown`: keep asking. */
const PHASE: Record<string, Phase> = {
  accepted: 'queued',
  building: 'building',
  starting: 'releasing',
  running: 'live',
  asleep: 'sleeping',
  crashed: 'failed',
  stopped: 'canceled',
  replaced: 'superseded',
};

const FLEET = 'flotilla-fleet';
const ENVIRONMENT = 'flotilla-environment';
const ADDRESS = 'flotilla-address';
const HASH = 'flotilla-hash';

export const DEFAULT_REGION = 'eu';

/** The one handler of this cloud, whose kinds differ in their outputs only. */
export function createHandler(kind: Kind): Handler<CloudReader, CloudWriter> {
  return {
    async list(cloud, scope) {
      const { fleet, environment } = scope;
      const resources = await cloud.list(kind);
      return resources.flatMap((resource) => {
        const owner = ownerOf(resource);
        const ours = owner?.fleet === fleet && owner.environment === environment;
        const address = ours ? (resource.labels[ADDRESS] as Address) : scope.identities.get(resource.name);
        return address === undefined ? [] : [observed(resource, address)];
      });
    },

    async read(cloud, target) {
      const named = await cloud.named(kind, target.identity);
      const resource = named.find((candidate) => isOurs(candidate, target)) ?? named[0];
      return resource && observed(resource, target.address);
    },

    diff,

    async ensure(cloud, desired, run) {
      const found = await findOurs(cloud, desired);
      if (found && found.region !== regionOf(desired))
        throw new ConflictError(`${desired.address} is in ${found.region}, not in ${regionOf(desired)}`, {
          mend: 'plan again: it has to be replaced',
        });
      const begun = await started(cloud, found, desired);
      const told = found && desired.reissue ? (await cloud.reissue(found.id)).outputs : begun.outputs;
      const live = await untilLive(cloud, begun, desired, run);
      return { ...live, ...outputsOf(desired.kind, { ...told, ...live.outputs }) };
    },

    async remove(cloud, target) {
      const named = await cloud.named(kind, target.identity);
      for (const { id } of named.filter((candidate) => isOurs(candidate, target))) await cloud.remove(id);
    },

    async rollback(cloud, target, deployment, run) {
      const found = await findOurs(cloud, target);
      if (!found)
        throw new ConflictError(`${target.address} is not there to be rolled back`, { mend: 'apply it first' });
      const { latest } = found;
      const under = latest.origin === deployment && !isLost(latest);
      return untilLive(cloud, under ? found : await cloud.rollback(found.id, deployment), target, run);
    },

    async survey(cloud) {
      return (await cloud.list(kind)).map(foundOf);
    },

    async adopt(cloud, desired) {
      const named = await cloud.named(kind, desired.identity);
      const resource = named.find((candidate) => isOurs(candidate, desired)) ?? named[0];
      if (!resource) throw goneMeanwhile(desired);
      refuseOthers(foundOf(resource).owner, desired);
      const marked = isOurs(resource, desired)
        ? resource
        : await cloud.label(resource.id, { ...resource.labels, ...contentOf(desired).labels });
      return observed(marked, desired.address);
    },

    async logs(cloud, target, { lines }) {
      const found = await findOurs(cloud, target);
      return found ? cloud.logs(found.id, lines) : [];
    },
  };
}

/** Found by its mark and adopted, brought up to date, or made: never made when there is one. */
async function started(cloud: CloudWriter, found: Resource | undefined, desired: Desired): Promise<Resource> {
  const { kind, identity: name, name: title } = desired;
  if (!found) return cloud.create({ kind, name, title, region: regionOf(desired), ...contentOf(desired) });
  const { latest } = found;
  const upToDate =
    latest.labels[HASH] === desired.hash && !isLost(latest) && drifted(desired, found, latest).length === 0;
  return upToDate ? found : cloud.update(found.id, contentOf(desired));
}

async function untilLive(cloud: CloudWriter, resource: Resource, target: Target, run: StepRun): Promise<Observed> {
  const live = await waitUntilLive(resource, {
    what: target.address,
    poll: ({ id }) => cloud.get(id),
    phase: ({ latest }) => phaseOf(latest),
    log: ({ id }) => cloud.logs(id, 50),
    restored: ({ serving }) => serving !== null,
    progress: run.progress,
    delay: cloud.delay,
    signal: run.signal,
  });
  return observed(live, target.address);
}

/** @throws ConflictError when the name is taken by what we did not make. */
async function findOurs(cloud: CloudReader, target: Target): Promise<Resource | undefined> {
  const named = await cloud.named(target.kind, target.identity);
  const ours = named.find((resource) => isOurs(resource, target));
  if (ours || named.length === 0) return ours;
  throw new ConflictError(`${target.address}: "${target.identity}" exists already and is not this fleet's`, {
    mend: 'rename one of the two, or remove the other by hand',
  });
}

function isOurs(resource: Resource, { fleet, environment, address }: Target): boolean {
  const owner = ownerOf(resource);
  return owner?.fleet === fleet && owner.environment === environment && resource.labels[ADDRESS] === address;
}

function ownerOf({ labels }: Resource): Observed['owner'] {
  const [fleet, environment] = [labels[FLEET], labels[ENVIRONMENT]];
  return fleet !== undefined && environment !== undefined ? { fleet, environment } : null;
}

/** What serves is what is observed: after a failed deployment that is still the one before. */
function observed(resource: Resource, address: Address): Observed {
  const shown = resource.serving ?? resource.latest;
  const kind = address.slice(0, address.indexOf('/')) as Kind;
  return {
    id: resource.id,
    address,
    owner: ownerOf(resource),
    hash: shown.labels[HASH] ?? null,
    phase: phaseOf(shown),
    ...outputsOf(kind, resource.outputs),
    ...(resource.serving ? { deployment: resource.serving.id } : {}),
    attributes: attributesOf(resource, shown),
  };
}

/** What the config has words for; the pretend cloud keeps everything as it was sent. */
const CARRIED = 'source port dir build output redirects engine copies runtime schedule target'.split(' ');

function foundOf(resource: Resource): Found {
  const { id, name, region, outputs, labels } = resource;
  const { settings, env, replicas } = resource.serving ?? resource.latest;
  const { health } = settings as { health?: { path?: string } };
  const owner = ownerOf(resource);
  const [carried, others] = [Object.entries(settings), Object.entries(settings)].map((entries, index) =>
    Object.fromEntries(entries.filter(([key]) => CARRIED.includes(key) === (index === 0))),
  ) as [JsonObject, JsonObject];
  const files = carried['dir'] ?? (carried['source'] as JsonObject | undefined)?.['dir'];
  const url = outputs['url'];
  return {
    id,
    name,
    ...(url && !OUTPUTS[resource.kind]['url']?.secret ? { url } : {}),
    owner: owner && { ...owner, address: labels[ADDRESS] as Address },
    settings: settingsOf({
      ...carried,
      env: foundEnv(Object.fromEntries(env.map((name) => [name, null]))),
      ...(health?.path ? { health: { path: health.path } } : {}),
      ...(replicas > 1 ? { replicas } : {}),
      ...(region === DEFAULT_REGION ? {} : { place: { region } }),
    }),
    ...(files === undefined ? {} : { untold: 'the pretend cloud does not tell which files run' }),
    left: leftOf(
      Object.entries(others).flatMap(([key, value]) =>
        key === 'health' ? [] : [[key, value, 'the pretend cloud has it, and it is not carried over'] as const],
      ) as [string, unknown, string][],
    ),
  };
}

function outputsOf(kind: Kind, outputs: Record<string, string>): Pick<Observed, 'outputs' | 'secretOutputs'> {
  return { outputs, secretOutputs: Object.keys(outputs).filter((name) => OUTPUTS[kind][name]?.secret) };
}

function phaseOf({ status }: Deployment): Phase {
  return PHASE[status] ?? 'unknown';
}

function isLost(deployment: Deployment): boolean {
  return ['failed', 'canceled', 'superseded'].includes(phaseOf(deployment));
}

function contentOf({ fleet, environment, address, hash, spec, replicas, source }: Desired): Content {
  const { env = {}, ...settings } = spec;
  return {
    labels: { [FLEET]: fleet, [ENVIRONMENT]: environment, [ADDRESS]: address, [HASH]: hash },
    replicas,
    settings,
    env: env as Record<string, string>,
    files: source?.tree ?? null,
  };
}

function diff(desired: Desired, { attributes }: Observed): Change[] {
  const { replicas, settings, env } = contentOf(desired);
  const changes = driftOf({ replicas, settings, env: Object.keys(env).toSorted() }, attributes);
  const [from, to] = [attributes['region'] ?? null, regionOf(desired)];
  return from === to ? changes : [...changes, { path: 'region', from, to, replaces: true }];
}

function drifted(desired: Desired, resource: Resource, deployment: Deployment): Change[] {
  return diff(desired, { ...observed(resource, desired.address), attributes: attributesOf(resource, deployment) });
}

function attributesOf({ region }: Resource, { replicas, settings, env }: Deployment): JsonObject {
  return { region, replicas, settings, env: env.toSorted() };
}

function regionOf({ region }: Desired): string {
  return region ?? DEFAULT_REGION;
}
