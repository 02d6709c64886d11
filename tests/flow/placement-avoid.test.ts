import { expect, test } from 'vitest';
import type { HealthState } from '../../src/model/health.ts';
import type { Offer } from '../../src/model/offer.ts';
import { place } from '../../src/placement/place.ts';
import { applied, graphOf, nowhere, resource } from './fleet.ts';

const offers = ['one', 'two'].map((account): Offer => ({
  account,
  type: account,
  title: account,
  kinds: { service: { supported: true } },
}));
const api = resource('service/api');

function placed(...avoided: string[]) {
  const graph = graphOf(api);
  const { recorded } = applied(graph, new Map([[api.address, [{ provider: 'one', replicas: 1, because: 'test' }]]]));
  const avoid = avoided.map((provider) => ({
    provider,
    since: '2026-11-20T12:00:00.000Z',
    because: `${provider} failed for 15 min`,
    incident: 'x',
    back: 'manual' as const,
  }));
  const health: HealthState = {
    format: 1,
    checked: '2026-11-20T12:00:00.000Z',
    rolledUp: null,
    instances: {},
    beats: {},
    breakers: {},
    avoid: { [api.address]: avoid },
    heals: [],
  };
  return place({ graph, config: nowhere, offers, recorded: { ...recorded, health }, month: '2026-11' }).placement.get(
    api.address,
  );
}

test('a resource leaves the account that a health run told it to avoid, and says why', () => {
  expect(placed()).toMatchObject([{ provider: 'one', because: 'it runs there already' }]);
  expect(placed('one')).toMatchObject([
    { provider: 'two', because: 'the only one that fits; not at one for now: one failed for 15 min' },
  ]);
});

test('where every account is avoided, it stays where it is', () => {
  expect(placed('one', 'two')).toMatchObject([{ provider: 'one' }]);
});
