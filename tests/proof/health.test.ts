/** A fleet that is watched by runs on GitHub: what people see, what is recorded, and what it costs. */
import { describe, expect, test } from 'vitest';
import { nameOf, watched } from './watched.ts';

const API = '  api: { source: { image: nginx }, place: { on: [east] } }';

describe('a fleet that is well', () => {
  test('costs one request a run, and one commit an hour', async () => {
    await using world = await watched(API);
    const first = await world.round();
    expect(first.requests).toEqual(['Snapshot', 'Commit']);
    await world.round(); // until it is known for good
    const costs: string[] = [];
    for (let left = 12; left > 0; left -= 1) {
      const { requests } = await world.round();
      costs.push(requests.join(' '));
    }
    expect(costs.filter((cost) => cost === 'Snapshot')).toHaveLength(11);
    expect(costs.filter((cost) => cost === 'Snapshot Commit')).toHaveLength(1);
    expect(world.issues()).toEqual([]);
  });
});

describe('an outage', () => {
  test('is one issue from its confirmation to its end, and a check on the deployed commit', async () => {
    await using world = await watched(API);
    await world.round();
    world.east.outages.add(nameOf(world.east, 'api'));
    await world.rounds(2);
    expect(world.issues()).toEqual([]);
    const { outcome } = await world.round();
    expect(outcome.opened.map(({ subject }) => subject)).toEqual(['service/api']);
    const [issue] = world.issues();
    expect(issue).toMatchObject({ state: 'open', labels: ['flotilla', 'outage'] });
    expect(issue?.title).toContain('service/api');
    expect(issue?.body).toContain('503');
    expect(world.checks().at(-1)).toMatchObject({ name: 'flotilla / health', conclusion: 'failure' });

    await world.rounds(3);
    expect(world.issues()).toHaveLength(1);
    world.east.outages.clear();
    await world.rounds(2);
    expect(world.issues()).toMatchObject([{ number: issue?.number, state: 'closed' }]);
    expect(world.issues()[0]?.body).toContain('Ended');
    expect(world.checks().at(-1)).toMatchObject({ conclusion: 'success' });
    const [record] = await world.closed();
    expect(record).toMatchObject({ subject: 'service/api', issue: issue?.number });
  });

  test('is muted by a label, and nobody is called for it again', async () => {
    await using world = await watched(API);
    await world.round();
    world.east.outages.add('*');
    await world.rounds(3);
    const [issue] = world.issues();
    await world.api('POST', `/issues/${issue?.number}/labels`, { labels: ['muted'] });
    const { outcome } = await world.round();
    expect(outcome.open).toMatchObject([{ muted: 'by label' }]);
  });
});

describe('failover', () => {
  const MOVING = '  api: { source: { image: nginx }, failover: { after: 3, do: [move] } }';

  test('leaves the provider that fails, by an apply like any other, and tells so in the issue', async () => {
    await using world = await watched(MOVING);
    await world.round();
    const [from, to] = world.east.resources.size > 0 ? [world.east, world.west] : [world.west, world.east];
    from.outages.add('*');
    await world.rounds(3);
    expect([from.resources.size, to.resources.size]).toEqual([0, 1]);
    const [issue] = world.issues();
    expect(issue?.body).toContain('moves to');
    await world.rounds(2);
    expect(world.issues()).toMatchObject([{ state: 'closed' }]);
  });
});
