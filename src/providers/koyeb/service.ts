import { TransientError } from '../../model/errors.ts';
import type { JsonObject } from '../../model/resource.ts';
import { driftOf } from '../../provider-kit/drift.ts';
import { createLimiter } from '../../model/limiter.ts';
import { pause } from '../../provider-kit/pause.ts';
import type { Desired, Handler, Observed, StepRun, Target } from '../../provider-kit/provider.ts';
import { waitUntilLive } from '../../provider-kit/wait-until-live.ts';
import type { App, Definition, Deployment, KoyebReader, KoyebWriter } from './api.ts';
import { definitionOf } from './definition.ts';
import { attributesOf, find, isOurs, observed, open, requireOurs, type Found } from './found.ts';
import { adopt, survey } from './import.ts';
import { markOf } from './mark.ts';
import { mayBeOf } from '../../provider-kit/identity.ts';
import { isLeaving, isLost, isPaused, phaseOf } from './phase.ts';
import { regionOf } from './regions.ts';

export const service: Handler<KoyebReader, KoyebWriter> = {
  async list(koyeb, scope) {
    const [apps, services] = await Promise.all([koyeb.apps(), koyeb.services()]);
    const candidates = new Map(apps.filter(({ name }) => mayBeOf(scope, name)).map((app) => [app.id, app]));
    const limited = createLimiter(4);
    const all = services.flatMap((each) => {
      const app = candidates.get(each.app_id);
      return app && !isLeaving(each.status) ? [limited(() => open(koyeb, app, each))] : [];
    });
    return (await Promise.all(all)).flatMap((found) => {
      const shown = found.serving ?? found.latest;
      const mark = shown && markOf(shown);
      const ours = mark?.fleet === scope.fleet && mark.environment === scope.environment;
      const address = ours ? mark.address : scope.identities.get(found.app.name);
      return address === undefined ? [] : [observed(found, address)];
    });
  },

  async read(koyeb, target) {
    const { found } = await find(koyeb, target);
    return found && observed(found, target.address);
  },

  diff: (desired, { attributes }) => driftOf(wanted(desired), attributes),

  async ensure(koyeb, desired, run) {
    const definition = await definitionOf(desired, koyeb.account);
    const { app: existing, found } = await find(koyeb, desired);
    requireOurs(found, desired);
    if (existing && isLeaving(existing.status))
      throw new TransientError(`${desired.address}: its app at Koyeb is still being removed`, { retryAfter: 10 });
    const app =
      existing ??
      (await koyeb.createApp(
        desired.identity,
        definition.env.map(({ value }) => value),
      ));
    const current = found && (await awake(koyeb, found));
    const { id, deployment } = await started(koyeb, app.id, current, desired, definition);
    return untilLive(koyeb, id, deployment, found?.serving !== undefined, desired, run);
  },

  async remove(koyeb, target, run) {
    const { app, found } = await find(koyeb, target);
    if (found && isOurs(found, target)) {
      // The app goes with its last service.
      if (await koyeb.removeService(found.service.id)) await untilGone(koyeb, found.service.id, target, run);
      // One that was imported may stay when it is empty.
      await removeIfEmpty(koyeb, await koyeb.appNamed(target.identity));
    } else if (!found) await removeIfEmpty(koyeb, app);
  },

  async logs(koyeb, target, { lines }) {
    const { found } = await find(koyeb, target);
    requireOurs(found, target);
    const shown = found?.serving ?? found?.latest;
    return shown ? printed(koyeb, shown, lines) : [];
  },

  survey,

  adopting: 'Koyeb deploys what runs once more, with the mark in it and without building',

  adopt: (koyeb, desired, run) =>
    adopt(
      koyeb,
      desired,
      (found) => observed(found, desired.address),
      (id, deployment) => untilLive(koyeb, id, deployment, true, desired, run),
    ),
};

async function removeIfEmpty(koyeb: KoyebWriter, app: App | undefined): Promise<void> {
  if (!app || isLeaving(app.status) || (await koyeb.servicesOf(app.id)).length > 0) return;
  await koyeb.removeApp(app.id);
}

/** Drift beyond the hash: somebody can change a definition in the control panel, and the variables stay in it. */
function wanted({ spec, replicas, region }: Desired): JsonObject {
  const { source, env } = spec as { source: { image?: string }; env?: JsonObject };
  return {
    paused: false,
    env: Object.keys(env ?? {})
      .filter((name) => name !== 'PORT')
      .toSorted(),
    region: regionOf(region),
    replicas,
    ...(source.image === undefined ? { autoDeploy: false } : { image: source.image }),
  };
}

/** A paused service is resumed, which starts a deployment. */
async function awake(koyeb: KoyebWriter, found: Found): Promise<Found> {
  if (!isPaused(found.service.status)) return found;
  await koyeb.resume(found.service.id);
  return open(koyeb, found.app, (await koyeb.service(found.service.id)) ?? found.service);
}

/** What is as wanted, or on its way to be, is left alone; never made when there is one. */
async function started(
  koyeb: KoyebWriter,
  app: string,
  found: Found | undefined,
  desired: Desired,
  definition: Definition,
): Promise<{ id: string; deployment: Deployment }> {
  const latest = found?.latest;
  if (found && latest && !isLost(latest.status) && markOf(latest)?.hash === desired.hash) {
    const same = driftOf(wanted(desired), { paused: false, ...attributesOf(latest) }).length === 0;
    if (same) return { id: found.service.id, deployment: latest };
  }
  const changed = found
    ? await koyeb.updateService(found.service.id, definition)
    : await koyeb.createService(app, definition);
  const newest = changed.latest_deployment_id;
  if (newest) return { id: changed.id, deployment: await koyeb.deployment(newest) };
  throw new TransientError(`${desired.address}: Koyeb has not started a deployment yet`);
}

async function untilLive(
  koyeb: KoyebWriter,
  id: string,
  deployment: Deployment,
  restored: boolean,
  target: Target,
  run: StepRun,
): Promise<Observed> {
  await waitUntilLive(deployment, {
    what: target.address,
    poll: (last) => koyeb.deployment(last.id),
    phase: ({ status }) => phaseOf(status),
    log: async (failed) => [...(await printed(koyeb, failed, 50)), ...(failed.messages ?? [])].slice(-50),
    restored: () => restored,
    progress: run.progress,
    everySeconds: 2,
    timeoutSeconds: 1800,
    delay: koyeb.delay,
    signal: run.signal,
  });
  const { found } = await find(koyeb, target);
  if (found?.service.id === id) return observed(found, target.address);
  throw new TransientError(`${target.address} was replaced at Koyeb while it was waited for`);
}

/** What the build and then the service itself printed. */
async function printed(koyeb: KoyebReader, deployment: Deployment, lines: number): Promise<string[]> {
  const [build, runtime] = await Promise.all([
    koyeb.logs(deployment, 'build', lines),
    koyeb.logs(deployment, 'runtime', lines),
  ]);
  return [...build, ...runtime].slice(-lines);
}

/** Its name is taken until it is gone. Four minutes. */
async function untilGone(koyeb: KoyebWriter, id: string, { address }: Target, run: StepRun): Promise<void> {
  for (let asked = 0; asked < 80; asked += 1) {
    const left = await koyeb.service(id);
    if (!left || left.status === 'DELETED') return;
    await pause(3000, { delay: koyeb.delay, signal: run.signal });
  }
  throw new TransientError(`${address} is still being removed at Koyeb`, { retryAfter: 60 });
}
