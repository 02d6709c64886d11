import { ConflictError } from '../../model/errors.ts';
import { canonical } from '../../model/canonical.ts';
import type { Change } from '../../model/plan.ts';
import type { Address, JsonObject } from '../../model/resource.ts';
import { driftOf } from '../../provider-kit/drift.ts';
import { identity } from '../../provider-kit/identity.ts';
import { createLimiter } from '../../model/limiter.ts';
import { pause } from '../../provider-kit/pause.ts';
import type { Desired, Handler, Observed, Scope, StepRun, Target } from '../../provider-kit/provider.ts';
import { nameTaken, type FlyReader, type FlyWriter, type Machine } from './api.ts';
import { addressOf, attributesOf, configOf, hashOf, isOurs, ownerOf, refusal, sameImage } from './machine-config.ts';
import { adopt, survey } from './import.ts';
import { phaseOfAll } from './phase.ts';
import { regionCode } from './regions.ts';
import { rollBack, rollOut } from './roll-out.ts';

/** Services: an app of its own for each, named by the identity, with one machine a replica. */
export const service: Handler<FlyReader, FlyWriter> = {
  async list(fly, scope) {
    const names = (await fly.apps()).filter((name) => mayBeOurs(name, scope));
    const limited = createLimiter(8);
    const apps = names.map((name) =>
      limited(async () => {
        const machines = await fly.machines(name);
        const target = targetIn(machines, scope, name);
        return target ? [seen(target, machines)] : [];
      }),
    );
    return [...(await Promise.all(apps)).flat(), ...(await takenElsewhere(fly, scope, names))];
  },

  async read(fly, target) {
    const app = await fly.app(target.identity);
    if (app === undefined) return undefined;
    return app === 'taken' ? foreign(target) : seen(target, await fly.machines(target.identity));
  },

  diff(desired, { attributes }): Change[] {
    // What cannot run here is news of the step that would make it, not drift.
    if (refusal(desired)) return [];
    const { region, ...wanted } = wantedAttributes(desired);
    const kept = sameImage(String(wanted['image']), String(attributes['image'])) ? attributes['image'] : undefined;
    const changes = driftOf(kept === undefined ? wanted : { ...wanted, image: kept }, attributes);
    const from = attributes['region'] ?? null;
    return from === region || from === null
      ? changes
      : [...changes, { path: 'region', from, to: region!, replaces: true }];
  },

  async ensure(fly, desired, run) {
    const config = configOf(desired);
    const app = desired.identity;
    const found = await findOurs(fly, desired);
    const region = regionCode(desired.region);
    const elsewhere = found?.find((machine) => machine.region !== region)?.region;
    if (elsewhere !== undefined)
      throw new ConflictError(`${desired.address} is in ${elsewhere}, not in ${region}`, {
        mend: 'plan again: it has to be replaced',
      });
    if (found && settled(desired, found)) return seen(desired, found);
    const secrets = Object.values(config.env ?? {});
    if (!found) await fly.createApp(app, secrets);
    if (desired.spec['port'] !== undefined) await fly.publish(app, secrets);
    const machines = await rollOut(fly, desired, found ?? [], config, region, run);
    return seen(desired, machines);
  },

  async remove(fly, target, run) {
    const app = target.identity;
    const found = await findOurs(fly, target);
    if (!found) return;
    const all = await fly.machines(app);
    if (all.length > found.length)
      throw new ConflictError(`the app "${app}" holds machines that are not this fleet's`, {
        mend: 'remove them by hand, or leave the app',
      });
    if (await fly.removeApp(app)) await gone(fly, app, run);
  },

  async rollback(fly, target, deployment, run) {
    const found = await findOurs(fly, target);
    if (!found?.length)
      throw new ConflictError(`${target.address} is not there to be rolled back`, { mend: 'apply it first' });
    const back = await rollBack(fly, target, found, deployment, run);
    return back && seen(target, back);
  },

  survey,

  adopt: (fly, desired) => adopt(fly, desired, (machines) => seen(desired, machines)),
};

/** Whether nothing is left to do: every machine has what is wanted and none is lost. */
function settled(desired: Desired, machines: readonly Machine[]): boolean {
  const phase = phaseOfAll(machines);
  return (
    (phase === 'live' || phase === 'sleeping') &&
    machines.every(({ config }) => hashOf(config) === desired.hash) &&
    service.diff(desired, seen(desired, machines)).length === 0
  );
}

/** Our machines in the app of that name; undefined without one. @throws ConflictError when the app is not ours. */
async function findOurs(fly: FlyReader, target: Target): Promise<Machine[] | undefined> {
  const app = await fly.app(target.identity);
  if (app === undefined) return undefined;
  if (app === 'taken') throw nameTaken(target.identity);
  const machines = await fly.machines(target.identity);
  const ours = machines.filter((machine) => isOurs(machine, target));
  // An app without machines is one that a run made and could not fill: only its name can say whose it is.
  if (ours.length > 0 || machines.length === 0) return ours.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  throw new ConflictError(`${target.address}: the app "${target.identity}" exists already and is not this fleet's`, {
    mend: 'rename one of the two, or remove the other by hand',
  });
}

/** Deleting is accepted first and done later; until then the name is not free. */
async function gone(fly: FlyWriter, app: string, run: StepRun): Promise<void> {
  for (let asked = 0; asked < 30; asked += 1) {
    if ((await fly.app(app)) === undefined) return;
    run.progress('removing');
    await pause(2000, { delay: fly.delay, signal: run.signal });
  }
}

/** By name, so that not every app of an organization has to be asked what it holds. */
function mayBeOurs(name: string, { fleet, environment, identities }: Scope): boolean {
  const prefix = identity(fleet, environment, 'service/' as Address).slice(0, -8);
  return identities.has(name) || (name.startsWith(prefix) && /-[0-9a-f]{8}$/.test(name));
}

/** Which resource an app is, if it is one of the scope. */
function targetIn(machines: readonly Machine[], scope: Scope, name: string): Target | undefined {
  const { fleet, environment } = scope;
  const marked = machines.find((machine) => {
    const owner = ownerOf(machine);
    return owner?.fleet === fleet && owner.environment === environment;
  });
  const address = (marked && addressOf(marked)) ?? scope.identities.get(name);
  if (address === undefined) return undefined;
  return { fleet, environment, address, kind: 'service', name: address.slice('service/'.length), identity: name };
}

/** Names that we want and that other organizations hold: known only by asking for each that is not in our own list. */
async function takenElsewhere(fly: FlyReader, { fleet, environment, identities }: Scope, ours: string[]) {
  const limited = createLimiter(8);
  const others = [...identities].filter(([name]) => !ours.includes(name));
  const asked = others.map(([name, address]) =>
    limited(async () => {
      if ((await fly.app(name)) !== 'taken') return [];
      const target: Target = { fleet, environment, address, kind: 'service', name: '', identity: name };
      return [foreign(target)];
    }),
  );
  return (await Promise.all(asked)).flat();
}

function foreign({ identity: id, address }: Target): Observed {
  return { id, address, owner: null, hash: null, phase: 'unknown', outputs: {}, attributes: {} };
}

function seen(target: Target, machines: readonly Machine[]): Observed {
  const { address, identity: id, fleet, environment } = target;
  const ours = machines.filter((machine) => isOurs(machine, target));
  if (ours.length === 0 && machines.length > 0) return foreign(target);
  const hashes = [...new Set(ours.map(({ config }) => hashOf(config)))];
  const hash = (hashes.length === 1 && hashes[0]) || null;
  const phase = phaseOfAll(ours);
  const host = `${id}.fly.dev`;
  return {
    id,
    address,
    owner: { fleet, environment },
    hash,
    phase,
    outputs: { url: `https://${host}`, host, port: '443' },
    ...(hash !== null && (phase === 'live' || phase === 'sleeping') ? { deployment: hash } : {}),
    attributes: attributesOfAll(ours),
  };
}

/** Of one machine that differs from the others rather than of the first, so that drift of any is seen. */
function attributesOfAll(machines: readonly Machine[]): JsonObject {
  const each = machines.map(({ region, config }): JsonObject => ({ region, ...attributesOf(config) }));
  const first = canonical(each[0] ?? {});
  return { ...(each.find((one) => canonical(one) !== first) ?? each[0]), replicas: machines.length };
}

function wantedAttributes(desired: Desired): JsonObject {
  return {
    ...attributesOf(configOf(desired)),
    region: regionCode(desired.region),
    replicas: desired.replicas,
  };
}
