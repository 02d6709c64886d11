/** What health runs cost, and what many of them at once come to. */
import { describe, expect, test } from 'vitest';
import { publishHealth } from '../../src/index.ts';
import { journal, MINUTE, watched } from './watched.ts';

const QUICK = 'health: { path: /, fail_after: 1, recover_after: 1 }';
const API = `  api: { source: { image: nginx }, ${QUICK}, place: { on: [east] } }`;

describe('ten runs at once', () => {
  test('that see the same outage open one issue, and one incident', async () => {
    await using world = await watched(API);
    await world.round();
    world.east.outages.add('*');
    world.pass(5 * MINUTE);
    const at = world.now().toISOString();
    const published = await Promise.all(
      Array.from({ length: 10 }, (_, index) => {
        const { ports, target } = world.open();
        const request = { commit: world.sha, environment: 'production', heal: true, every: 5 * MINUTE } as const;
        // Half of them as the App: it has asked already, and has no credentials.
        const sample = { instance: 'service/api@east', at, ok: false, milliseconds: null, tries: 3, problem: '503' };
        return index % 2 === 0
          ? publishHealth({ ...request, basis: 'live' }, ports, target)
          : publishHealth(
              { ...request, basis: 'recorded', rounds: [{ at, samples: [sample] }] } as never,
              ports,
              target,
            );
      }),
    );
    expect(published.flatMap(({ error }) => (error ? [error] : []))).toEqual([]);
    await world.rounds(2);
    expect(world.issues()).toMatchObject([{ state: 'open' }]);
    const opened = (await journal(world)).filter(({ kind }) => kind === 'incident.opened');
    expect(opened).toHaveLength(1);
    const open = await world.open().ports.store.readFolder('production/incidents/open');
    expect(open.size).toBe(1);

    world.east.outages.clear();
    await world.rounds(2);
    expect(world.issues()).toMatchObject([{ state: 'closed' }]);
    expect(await world.closed()).toMatchObject([{ issue: world.issues()[0]?.number }]);
  });
});

describe('a run costs', () => {
  test('one request and one commit at most while an incident goes on', async () => {
    await using world = await watched(API);
    await world.round();
    world.east.outages.add('*');
    expect((await world.round()).outcome.opened).toHaveLength(1);
    const costs: string[] = [];
    for (let left = 6; left > 0; left -= 1) costs.push((await world.round()).requests.join(' '));
    expect(costs.filter((cost) => cost !== 'Snapshot' && cost !== 'Snapshot Commit')).toEqual([]);
  });

  test('fourteen seconds at most with ten endpoints down', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `s${index}`);
    await using world = await watched(
      names.map((name) => `  ${name}: { source: { image: nginx }, ${QUICK}, place: { on: [east] } }`).join('\n'),
    );
    await world.round();
    world.east.outages.add('*');
    world.together(10);
    const { outcome } = await world.round();
    expect(outcome.instances.filter(({ health }) => health.status === 'down')).toHaveLength(10);
    expect(outcome.duration).toBeGreaterThanOrEqual(10_000);
    expect(outcome.duration).toBeLessThanOrEqual(14_000);
  });
});
