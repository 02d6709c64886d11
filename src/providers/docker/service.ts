import { ConflictError, UnsupportedError } from '../../model/errors.ts';
import { parseAddress } from '../../model/resource.ts';
import { targetOf } from '../../provider-kit/identity.ts';
import type { Desired, Handler, Observed, Target } from '../../provider-kit/provider.ts';
import { requireOffered } from '../../provider-kit/refusal.ts';
import type { EngineReader, EngineWriter } from './api.ts';
import type { Inspected, Listed } from './engine-shapes.ts';
import { blueprintFrom, blueprintOf, diff, observed, settingsDrift, specOf } from './container.ts';
import { familyOf, nameIn } from './family.ts';
import { imageFor } from './image.ts';
import { addressOf, deploymentOf, hashOf, isOurs, nameOf, ownerOf } from './marks.ts';
import { mayServe } from './phase.ts';
import { refuses } from './refuses.ts';
import { removeCandidate, removeImages, rollOut, startAgain, untilLive, type Stage } from './roll-out.ts';

/** Services: one container each, and the stopped ones that were before it. */
export const service: Handler<EngineReader, EngineWriter> = {
  async list(client, { fleet, environment, identities }) {
    const engine = await client.read();
    const shown = (await engine.containers()).map(async (container): Promise<Observed[]> => {
      const name = nameIn(container);
      const address = addressIn(container, { fleet, environment }) ?? identities.get(name);
      if (address === undefined || targetOf(fleet, environment, address).identity !== name) return [];
      const found = await engine.container(container.Id);
      return found ? [observed(found, address, client.host)] : [];
    });
    return (await Promise.all(shown)).flat();
  },

  async read(client, target) {
    const found = await (await client.read()).container(nameOf.serving(target));
    return found && observed(found, target.address, client.host);
  },

  diff,

  async ensure(client, desired, run) {
    requireRunnable(desired);
    const engine = await client.write(Object.values(specOf(desired).env));
    const stage: Stage = { client, engine, target: desired, family: await familyOf(engine, desired), run };
    const { serving } = stage.family;
    if (serving && isAsWanted(serving, desired)) {
      const resumed = await resume(stage, serving);
      if (resumed) return resumed;
    }
    const restored = serving !== undefined && mayServe(serving);
    const image = await imageFor(engine, desired, run, { account: client.account, restored });
    return told(stage, await rollOut(stage, blueprintOf(desired, image)));
  },

  async remove(client, target) {
    const engine = await client.write([]);
    const ours = (await engine.containers()).filter(({ Labels }) => isOurs(Labels, target));
    for (const { Id } of ours) {
      await engine.stop(Id);
      await engine.remove(Id);
    }
    await removeImages(engine, target);
  },

  async rollback(client, target, deployment, run) {
    const engine = await client.write([]);
    const stage: Stage = { client, engine, target, family: await familyOf(engine, target), run };
    const { serving, formers } = stage.family;
    if (serving && deploymentOf(serving) === deployment) {
      const resumed = await resume(stage, serving);
      if (resumed) return resumed;
    }
    const former = formers.find((container) => nameIn(container) === nameOf.former(target, deployment));
    const kept = former && (await engine.container(former.Id));
    return kept && told(stage, await rollOut(stage, blueprintFrom(kept)));
  },

  async logs(client, target, { lines }) {
    const engine = await client.read();
    const found = await engine.container(nameOf.serving(target));
    if (!found) return [];
    if (!isOurs(found.Config.Labels, target))
      throw new ConflictError(`the container "${nameOf.serving(target)}" is not this fleet's`);
    return (await engine.logs(found.Id, lines)).slice(-lines);
  },

  noImport: 'whose a container is stands in its labels, which are set when it is made and cannot be changed',
};

/** @throws UnsupportedError for what a container on one machine cannot be; before anything is made. */
function requireRunnable(desired: Desired): void {
  requireOffered(desired, refuses(desired));
  if (specOf(desired).source.image === undefined && !desired.source)
    throw new UnsupportedError(`${desired.address} has neither source.image nor source.dir`, {
      mend: 'set source.image, or source.dir with a Dockerfile in it',
    });
}

/** Made from what is wanted, and able to run. */
function isAsWanted(serving: Inspected, desired: Desired): boolean {
  const { attributes, phase } = observed(serving, desired.address, '');
  if (hashOf(serving) !== desired.hash || settingsDrift(desired, attributes).length > 0) return false;
  return (phase !== 'failed' && phase !== 'canceled' && phase !== 'removed') || serving.State.Status === 'exited';
}

/** Goes on with what stands already; `undefined` when it lost its port. */
async function resume(stage: Stage, serving: Inspected): Promise<Observed | undefined> {
  const started = await startAgain(stage, serving);
  if (!started) return undefined;
  const live = await untilLive(stage, started);
  await removeCandidate(stage);
  return told(stage, live);
}

function told({ target, client }: Stage, container: Inspected): Observed {
  return observed(container, target.address, client.host);
}

/** Anybody can write labels: an address of another kind, or none, is not one of ours. */
function addressIn({ Labels }: Listed, { fleet, environment }: Pick<Target, 'fleet' | 'environment'>) {
  const owner = ownerOf(Labels);
  const address = addressOf(Labels);
  const ours = owner?.fleet === fleet && owner.environment === environment;
  return ours && address && parseAddress(address)?.kind === 'service' ? address : undefined;
}
