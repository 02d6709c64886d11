import { HEALTH_FORMAT, type HealthState } from '../model/health.ts';
import { ConflictError } from '../model/errors.ts';
import type { Address } from '../model/resource.ts';
import type { Ports } from '../ports.ts';
import { foldState } from '../record/fold.ts';
import { writeHealth } from '../record/write-health.ts';

/**
 * A job says that it ran. The next health run sees it; when it stays out for longer than `health: { heartbeat: … }` says,
 * that is an incident. ConflictError for a resource that is not in the environment's record.
 */
export async function beat(environment: string, resource: Address, ports: Ports): Promise<{ at: string }> {
  const { store, clock, run, renderReadme } = ports;
  const at = clock.now().toISOString();
  const id = `${run.run}-beat-${Math.floor(clock.random() * 36 ** 8).toString(36)}`;
  const writing = { store, environment, run: run.run, clock: clock.now, random: clock.random, delay: clock.delay };
  await writeHealth({ ...writing, renderReadme }, ({ files }) => {
    const { resources, health } = foldState(files, environment);
    if (!resources.has(resource))
      throw new ConflictError(`${resource} is not deployed in ${environment}`, {
        mend: 'flotilla status lists what is',
      });
    const before = health ?? nothingKnown(at);
    const event = { id, at, kind: 'heartbeat.received', environment, ...run, commit: null, resource } as const;
    return {
      headline: `${resource} ran`,
      health: { ...before, beats: { ...before.beats, [resource]: at } },
      open: [],
      closed: [],
      series: new Map(),
      events: [event],
    };
  });
  return { at };
}

const nothingKnown = (checked: string): HealthState => ({
  format: HEALTH_FORMAT,
  checked,
  rolledUp: null,
  instances: {},
  beats: {},
  breakers: {},
  avoid: {},
  heals: [],
});
