import { ConflictError } from '../model/errors.ts';
import type { Address } from '../model/resource.ts';
import type { Ports } from '../ports.ts';
import { foldState } from '../record/fold.ts';
import { writeHealth } from '../record/write-health.ts';

/**
 * A person says that a resource may go back to where a failover took it from: it is not kept away from there any more, and
 * the next health run that heals, or apply, moves it. ConflictError for one that nothing keeps away from anywhere.
 */
export async function bringBack(environment: string, resource: Address, ports: Ports): Promise<{ to: string }> {
  const { store, clock, run, renderReadme } = ports;
  const writing = { store, environment, run: run.run, clock: clock.now, random: clock.random, delay: clock.delay };
  let to = '';
  await writeHealth({ ...writing, renderReadme }, ({ files }) => {
    const { health } = foldState(files, environment);
    const [left] = health?.avoid[resource] ?? [];
    if (!health || !left)
      throw new ConflictError(`nothing keeps ${resource} away from anywhere in ${environment}`, {
        mend: 'to move it, change its place.on in flotilla.yml',
      });
    to = left.provider;
    const { [resource]: _, ...avoid } = health.avoid;
    return {
      headline: `${resource} may go back to ${to}`,
      health: { ...health, avoid, prefer: { ...health.prefer, [resource]: to } },
      open: [],
      closed: [],
      series: new Map(),
      events: [],
    };
  });
  return { to };
}
