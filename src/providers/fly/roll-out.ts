import { DeployError, tagOf } from '../../model/errors.ts';
import type { Desired, StepRun, Target } from '../../provider-kit/provider.ts';
import { waitUntilLive } from '../../provider-kit/wait-until-live.ts';
import type { Config, FlyWriter, Machine } from './api.ts';
import { hashOf, sameConfig } from './machine-config.ts';
import { phaseOf, reasons } from './phase.ts';

/** How long a machine may take until it is live. Seconds. */
const LIVE_SECONDS = 600;
/** Long enough for a machine that does not become live, and for putting back what it ran before. */
const LEASE_SECONDS = 1500;

/**
 * One machine after the other: an update is the whole config, sent under a lease and waited for until its checks pass, so
 * that the others serve meanwhile. A machine that does not become live gets its last config of another hash back.
 */
export async function rollOut(
  fly: FlyWriter,
  desired: Desired,
  found: readonly Machine[],
  config: Config,
  region: string,
  run: StepRun,
): Promise<Machine[]> {
  const app = desired.identity;
  const names = Array.from({ length: desired.replicas }, (_, index) => `${app}-${index}`);
  const machines: Machine[] = [];
  for (const name of names) {
    const existing = found.find((machine) => machine.name === name);
    const restored = existing !== undefined || machines.length > 0;
    if (existing) machines.push(await update(fly, desired, existing, config, run));
    else {
      run.progress(`starting ${name} in ${region}`);
      const created = await fly.createMachine(app, { name, region, config });
      machines.push(await untilLive(fly, desired, created, restored, run));
    }
  }
  for (const machine of found.filter(({ name }) => !names.includes(name)))
    await leased(fly, desired, machine, (nonce) => fly.removeMachine(app, machine.id, nonce));
  return machines;
}

async function update(
  fly: FlyWriter,
  target: Target,
  machine: Machine,
  config: Config,
  run: StepRun,
): Promise<Machine> {
  const app = target.identity;
  if (sameConfig(config, machine.config)) {
    const phase = phaseOf(machine);
    if (phase !== 'failed' && phase !== 'removed') return untilLive(fly, target, machine, false, run);
  }
  return leased(fly, target, machine, async (nonce) => {
    run.progress(`updating ${machine.name}`);
    const updated = await fly.updateMachine(app, machine, config, nonce);
    try {
      return await untilLive(fly, target, updated, false, run);
    } catch (error) {
      if (tagOf(error) !== 'deploy') throw error;
      throw await restored(fly, target, updated, nonce, error as DeployError, run);
    }
  });
}

/** Puts back what the machine ran before; says in the error whether that serves again. */
async function restored(
  fly: FlyWriter,
  target: Target,
  machine: Machine,
  nonce: string,
  failure: DeployError,
  run: StepRun,
): Promise<DeployError> {
  const again = (restored: boolean) => new DeployError(failure.message, { log: failure.log, restored, cause: failure });
  try {
    const app = target.identity;
    const failed = hashOf(machine.config);
    const versions = await fly.versions(app, machine.id);
    const before = versions.find(({ user_config }) => user_config && hashOf(user_config) !== failed)?.user_config;
    if (!before) return again(false);
    run.progress(`putting back what ${machine.name} ran before`);
    const current = await fly.machine(app, machine.id);
    await untilLive(fly, target, await fly.updateMachine(app, current, before, nonce), false, run);
    return again(true);
  } catch (error) {
    if (run.signal.aborted) throw error;
    return again(false);
  }
}

/** Every machine gets the config back that it had under that deployment; undefined when Fly no longer knows it. */
export async function rollBack(
  fly: FlyWriter,
  target: Target,
  machines: readonly Machine[],
  deployment: string,
  run: StepRun,
): Promise<Machine[] | undefined> {
  const configs = await Promise.all(
    machines.map(async ({ id, config }) => {
      if (hashOf(config) === deployment) return config;
      const versions = await fly.versions(target.identity, id);
      return versions.find(({ user_config }) => user_config && hashOf(user_config) === deployment)?.user_config;
    }),
  );
  const known = configs.find((config) => config !== undefined && config !== null);
  if (!known) return undefined;
  const back: Machine[] = [];
  for (const [index, machine] of machines.entries())
    back.push(await update(fly, target, machine, configs[index] ?? known, run));
  return back;
}

async function untilLive(
  fly: FlyWriter,
  target: Target,
  machine: Machine,
  restored: boolean,
  run: StepRun,
): Promise<Machine> {
  return waitUntilLive(machine, {
    what: target.address,
    poll: ({ id }) => fly.machine(target.identity, id),
    phase: phaseOf,
    log: async (value) => reasons(value).slice(-50),
    restored: () => restored,
    progress: run.progress,
    everySeconds: 1,
    timeoutSeconds: LIVE_SECONDS,
    delay: fly.delay,
    signal: run.signal,
  });
}

/** Works on a machine under a lease, which nobody can change it without, and gives the lease back whatever happens. */
async function leased<T>(
  fly: FlyWriter,
  target: Target,
  { id, name }: Machine,
  work: (nonce: string) => Promise<T>,
): Promise<T> {
  const app = target.identity;
  const nonce = await fly.lease(app, id, `flotilla ${name}`, LEASE_SECONDS);
  try {
    return await work(nonce);
  } finally {
    // A lease that cannot be given back expires, and the next run of this fleet reads its nonce: no reason to fail.
    await fly.release(app, id, nonce).catch(() => {});
  }
}
