import { ConflictError } from '../../model/errors.ts';
import type { Address } from '../../model/resource.ts';
import { driftOf } from '../../provider-kit/drift.ts';
import type { Desired, Handler, Observed, Scope, StepRun, Target } from '../../provider-kit/provider.ts';
import { waitUntilLive } from '../../provider-kit/wait-until-live.ts';
import { requireOffered } from '../../provider-kit/refusal.ts';
import type { Deployment, Instance } from './answers.ts';
import type { Place, RailwayReader, RailwayWriter } from './api.ts';
import { details, type Found } from './find-services.ts';
import { adopt, survey } from './import.ts';
import { isLost, phaseOf, serves } from './phase.ts';
import { refuses } from './refuses.ts';
import {
  addressOf,
  attributesOf,
  hashOf,
  isProjectOf,
  marksOf,
  ownerOf,
  projectMark,
  serviceName,
  settingsOf,
  wantedAttributes,
} from './service-settings.ts';

/** Services: one project for each environment of a fleet, with one service for each of its services. */
export const service: Handler<RailwayReader, RailwayWriter> = {
  async list(railway, scope) {
    const place = await placeOf(railway, scope);
    if (!place) return [];
    const byName = new Map([...scope.identities].map(([identity, address]) => [serviceName(identity), address]));
    return (await details(railway, place, place.instances)).flatMap((found) => {
      const owner = ownerOf(found.variables);
      const ours = owner?.fleet === scope.fleet && owner.environment === scope.environment;
      const address = ours ? addressOf(found.variables) : byName.get(found.instance.serviceName);
      return address === undefined ? [] : [seen(found, address)];
    });
  },

  async read(railway, target) {
    const place = await placeOf(railway, target);
    const named = await details(railway, place, instancesOf(place, target));
    const found = named.find((candidate) => isOurs(candidate, target)) ?? named[0];
    return found && seen(found, target.address);
  },

  diff: (desired, { attributes }) => driftOf(wantedAttributes(desired), attributes),

  async ensure(railway, desired, run) {
    requireOffered(desired, refuses(desired));
    const { place, found } = await look(railway, desired);
    if (found?.latest && upToDate(desired, found, found.latest)) {
      if (serves(found.latest)) return seen(found, desired.address);
      return untilLive(railway, desired, found.latest, found, run);
    }
    // Refused before anything is made, when Railway has nothing to build from.
    settingsOf(desired, '', found?.instance, railway.repository);
    const secrets = Object.values((desired.spec['env'] ?? {}) as Record<string, string>);
    const name = `${desired.fleet}-${desired.environment}`;
    const at = place ?? (await railway.createProject(name, projectMark(desired), secrets));
    const id = found?.instance.serviceId ?? (await created(railway, at, desired, secrets));
    run.progress('setting variables');
    await railway.change(at, settingsOf(desired, id, found?.instance, railway.repository));
    const commit = isImage(desired) ? undefined : desired.commit!;
    return untilLive(railway, desired, await railway.deploy(at, id, commit), found, run);
  },

  async remove(railway, target) {
    const { found } = await look(railway, target);
    try {
      if (found) await railway.removeService(found.instance.serviceId);
    } catch (error) {
      // What is not there is refused in the same words as what is not allowed, so only looking again can tell.
      if ((await look(railway, target)).found) throw error;
    }
  },

  async rollback(railway, target, deployment, run) {
    const { place, found } = await look(railway, target);
    if (!place || !found)
      throw new ConflictError(`${target.address} is not there to be rolled back`, { mend: 'apply it first' });
    const wanted = await railway.variables(place, [], [deployment]);
    const hash = hashOf(wanted.get(deployment) ?? {});
    if (hash === null) return undefined;
    const { latest } = found;
    const under = latest && !isLost(latest) && (latest.id === deployment || hashOf(found.of(latest)) === hash);
    if (under && serves(latest)) return seen(found, target.address);
    if (!under) await railway.rollback(deployment);
    const next = under ? latest : (await look(railway, target)).found?.latest;
    if (!next || (!under && next.id === latest?.id))
      throw new ConflictError(`Railway took the rollback of ${target.address} and shows no deployment of it`, {
        mend: 'run again',
      });
    return untilLive(railway, target, next, found, run);
  },

  async logs(railway, target, { lines }) {
    const { found } = await look(railway, target);
    const shown = found?.serving ?? found?.latest;
    return shown ? railway.logs(shown.id, lines) : [];
  },

  survey,

  adopt: (railway, desired) => adopt(railway, desired, (found) => seen(found, desired.address)),
};

async function untilLive(
  railway: RailwayWriter,
  target: Target,
  deployment: Deployment,
  before: Found | undefined,
  run: StepRun,
): Promise<Observed> {
  railway.poll.join(deployment.id);
  try {
    await waitUntilLive<Deployment>(deployment, {
      what: target.address,
      poll: ({ id }) => railway.poll.state(id),
      phase: phaseOf,
      log: ({ id }) => railway.logs(id, 50),
      restored: () => before?.serving !== undefined,
      progress: run.progress,
      everySeconds: railway.pace(),
      timeoutSeconds: 1800,
      delay: railway.delay,
      signal: run.signal,
    });
  } finally {
    railway.poll.leave(deployment.id);
  }
  const { found } = await look(railway, target);
  if (found) return seen(found, target.address);
  throw new ConflictError(`${target.address} was removed while it was deployed`, { mend: 'run again' });
}

/** Marked from its first moment on, so that one whose making got no answer is known again. */
async function created(railway: RailwayWriter, place: Place, target: Target, secrets: string[]): Promise<string> {
  return railway.createService(place, serviceName(target.identity), marksOf(target), secrets);
}

/** The newest deployment is of what is wanted, in a service whose settings are what is wanted. */
function upToDate(desired: Desired, found: Found, latest: Deployment): boolean {
  const variables = found.of(latest);
  return (
    hashOf(variables) === desired.hash &&
    !isLost(latest) &&
    driftOf(wantedAttributes(desired), attributesOf(found.instance, variables)).length === 0
  );
}

/** @throws ConflictError when the name is taken by what we did not make, or twice by what we did. */
async function look(railway: RailwayReader, target: Target): Promise<{ place?: Place; found?: Found }> {
  const place = await placeOf(railway, target);
  if (!place) return {};
  const named = await details(railway, place, instancesOf(place, target));
  const ours = named.filter((candidate) => isOurs(candidate, target));
  if (ours.length > 1)
    throw new ConflictError(`${target.address}: the project has two services for it`, {
      mend: `remove the one that does not serve: ${ours.map(({ instance }) => instance.serviceId).join(', ')}`,
    });
  if (ours.length === 0 && named.length > 0)
    throw new ConflictError(`${target.address}: "${serviceName(target.identity)}" exists and is not this fleet's`, {
      mend: 'rename one of the two, or remove the other by hand',
    });
  return { place, ...(ours[0] ? { found: ours[0] } : {}) };
}

/** @throws ConflictError when two projects say that they are it. */
async function placeOf(
  railway: RailwayReader,
  scope: Pick<Scope, 'fleet' | 'environment'>,
): Promise<Place | undefined> {
  const [place, other] = await railway.places((description) => isProjectOf(description, scope));
  if (!other) return place;
  throw new ConflictError(`railway has two projects for ${scope.fleet}, ${scope.environment}`, {
    mend: `change the description of the one that is not in use: ${place!.project}, ${other.project}`,
  });
}

function instancesOf(place: Place | undefined, target: Target): Instance[] {
  const name = serviceName(target.identity);
  return place?.instances.filter(({ serviceName: other }) => other === name) ?? [];
}

function isOurs({ variables }: Found, { fleet, environment, address }: Target): boolean {
  const owner = ownerOf(variables);
  return owner?.fleet === fleet && owner.environment === environment && addressOf(variables) === address;
}

/** What serves is what is observed: after a failed deployment that is still the one before. */
function seen(found: Found, address: Address): Observed {
  const { instance, serving, latest, variables } = found;
  const shown = serving ?? latest;
  const made = shown ? found.of(shown) : variables;
  const host = instance.domains.serviceDomains[0]?.domain;
  return {
    id: instance.serviceId,
    address,
    owner: ownerOf(variables),
    hash: shown ? hashOf(made) : null,
    phase: shown ? phaseOf(shown) : 'queued',
    outputs: host === undefined ? {} : { url: `https://${host}`, host, port: '443' },
    ...(serving ? { deployment: serving.id } : {}),
    attributes: attributesOf(instance, made),
  };
}

function isImage({ spec }: Desired): boolean {
  return (spec['source'] as { image?: string } | undefined)?.image !== undefined;
}
