import { DeployError, TransientError } from '../../model/errors.ts';
import type { StepRun, Target } from '../../provider-kit/provider.ts';
import { waitUntilLive } from '../../provider-kit/wait-until-live.ts';
import type { EngineWriter } from './api.ts';
import type { Inspected } from './engine-shapes.ts';
import { hostPortOf, newContainer, type Blueprint } from './container.ts';
import { isLoopback } from './engine-address.ts';
import { familyOf, nameIn, type Family } from './family.ts';
import { checkOf, deploymentOf, imageLabels, nameOf } from './marks.ts';
import { mayServe, phaseOf } from './phase.ts';
import { portsFor } from './ports.ts';
import { isWell } from './probe.ts';
import type { WriteSession } from './session.ts';

/** Everything that a change of one resource needs at hand. */
export interface Stage {
  client: EngineWriter;
  engine: WriteSession;
  target: Target;
  family: Family;
  run: StepRun;
}

/** Stopped containers that are kept for going back. */
const KEPT_FORMERS = 3;

/**
 * The blueprint in place of what serves. While something serves, a candidate has to be well beside it first, on a port of
 * its own; then the old one ends and the new one takes its port. What goes wrong after that puts the old one back.
 */
export async function rollOut(stage: Stage, blueprint: Blueprint): Promise<Inspected> {
  const { serving } = stage.family;
  const serves = serving !== undefined && mayServe(serving);
  await removeCandidate(stage);
  if (serves) await rehearse(stage, blueprint);
  if (serving) await retire(stage, serving);
  const live = await takeOver(stage, blueprint).catch(async (error: unknown) => {
    if (!serves) throw error;
    await putBack(stage, serving);
    if (!(error instanceof DeployError)) throw error;
    throw new DeployError(error.message, { log: error.log, restored: true });
  });
  await prune(stage, live);
  return live;
}

async function takeOver(stage: Stage, blueprint: Blueprint): Promise<Inspected> {
  const { target, family, client } = stage;
  const free = portsFor(target.identity, client.account.options, family.taken);
  const ports = family.port === undefined ? free : [family.port, ...free];
  return untilLive(stage, await startOnePort(stage, blueprint, 'serving', ports));
}

/** Shows that the blueprint becomes well, while the old container goes on serving. */
async function rehearse(stage: Stage, blueprint: Blueprint): Promise<void> {
  const { target, client, engine, family, run } = stage;
  const name = nameOf.candidate(target);
  run.progress('starting the new version beside the old one');
  try {
    const ports = portsFor(name, client.account.options, family.taken);
    await untilLive(stage, await startOnePort(stage, blueprint, 'candidate', ports), true);
  } catch (error) {
    // What cannot be removed now is removed by the next run; how it failed is the news.
    if (error instanceof DeployError) await engine.remove(name).catch(() => undefined);
    throw error;
  }
  await engine.remove(name);
}

/** Makes and starts it on the first of the ports that nobody else has. */
async function startOnePort(
  stage: Stage,
  blueprint: Blueprint,
  role: 'serving' | 'candidate',
  ports: number[],
): Promise<Inspected> {
  const { client, engine, target } = stage;
  const address = isLoopback(client.host) ? '127.0.0.1' : '';
  for (const port of blueprint.port === undefined ? [undefined] : ports) {
    const id = await engine.create(nameOf[role](target), newContainer(blueprint, { address, port }, role));
    if ((await engine.start(id)) === 'started') return inspected(stage, id);
    await engine.remove(id);
  }
  throw new DeployError(`${target.address} found no free port on the engine's machine`, {
    restored: role === 'candidate',
    mend: 'give the account other ports with the option ports',
  });
}

/** Starts what was stopped, and leaves alone what is under way; `undefined` when somebody else has its port by now. */
export async function startAgain(stage: Stage, container: Inspected): Promise<Inspected | undefined> {
  if (!['created', 'exited'].includes(container.State.Status)) return container;
  return (await stage.engine.start(container.Id)) === 'started' ? inspected(stage, container.Id) : undefined;
}

interface Sight {
  container: Inspected;
  /** Whether it answers; without a port, whether it ran when it was looked at before too. */
  well: boolean;
}

/** @throws DeployError with the end of its log when it does not become well in its time. */
export async function untilLive(stage: Stage, container: Inspected, restored = false): Promise<Inspected> {
  const { client, engine, target, run } = stage;
  const check = checkOf(container);
  const look = async (now: Inspected, before?: Inspected): Promise<Sight> => {
    const port = hostPortOf(now);
    const runs = phaseOf(now) === 'live';
    if (!runs || port !== undefined)
      return { container: now, well: runs && (await isWell(client.host, port as number, check)) };
    return { container: now, well: before?.RestartCount === now.RestartCount && phaseOf(before) === 'live' };
  };
  const { container: live } = await waitUntilLive(await look(container), {
    what: target.address,
    poll: async ({ container }) => look(await inspected(stage, container.Id), container),
    phase: ({ container, well }) => (well || phaseOf(container) !== 'live' ? phaseOf(container) : 'releasing'),
    log: ({ container }) => engine.logs(container.Id, 50),
    restored: () => restored,
    progress: run.progress,
    everySeconds: 0.25,
    timeoutSeconds: check.graceSeconds,
    delay: client.account.delay,
    signal: run.signal,
  });
  return live;
}

/** Ends what serves and gives its name away; it stays, stopped, to go back to. */
async function retire({ engine, target, family, run }: Stage, serving: Inspected): Promise<void> {
  const name = nameOf.former(target, deploymentOf(serving));
  const same = family.formers.find((former) => nameIn(former) === name);
  if (same) await engine.remove(same.Id);
  run.progress('switching over');
  await engine.stop(serving.Id);
  await engine.rename(serving.Id, name);
}

async function putBack({ engine, target }: Stage, former: Inspected): Promise<void> {
  await engine.remove(nameOf.serving(target));
  await engine.rename(former.Id, nameOf.serving(target));
  await engine.start(former.Id);
}

export async function removeCandidate({ engine, family: { candidate } }: Stage): Promise<void> {
  if (candidate) await engine.remove(candidate.Id);
}

/** Only so many ways back are kept, none of them to what runs again; images that were built for the others go with them. */
async function prune({ engine, target, family }: Stage, live: Inspected): Promise<void> {
  if (!family.serving && family.formers.length === 0) return;
  const { formers } = await familyOf(engine, target);
  const again = nameOf.former(target, deploymentOf(live));
  const kept = formers.filter((former) => nameIn(former) !== again).slice(0, KEPT_FORMERS);
  const surplus = formers.filter((former) => !kept.includes(former));
  for (const { Id } of surplus) await engine.remove(Id);
  if (surplus.length > 0) await removeImages(engine, target);
}

/** Those that were built for the target and that no container is made from any more. */
export async function removeImages(engine: WriteSession, target: Target): Promise<void> {
  for (const id of await engine.imagesLabelled(imageLabels(target))) await engine.removeImage(id);
}

async function inspected({ engine, target }: Stage, id: string): Promise<Inspected> {
  const found = await engine.container(id);
  if (found) return found;
  throw new TransientError(`${target.address}: somebody removed the container meanwhile`);
}
