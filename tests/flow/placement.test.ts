import { describe, expect, test } from 'vitest';
import type { DesiredResource } from '../../src/model/graph.ts';
import type { Offer, Quota } from '../../src/model/offer.ts';
import type { Address } from '../../src/model/resource.ts';
import type { RecordedState } from '../../src/model/state.ts';
import { place, type PlacementInput } from '../../src/placement/place.ts';
import { affinity, hashOf } from '../../src/placement/rendezvous.ts';
import { applied, graphOf, measured, nowhere, resource } from './fleet.ts';

const yes = { supported: true } as const;
const every = { service: yes, site: yes, database: yes } as const;
const offer = (account: string, more: Partial<Offer> = {}): Offer => ({
  account,
  type: account,
  title: account,
  kinds: every,
  ...more,
});
const quota = (measure: Quota['measure'], amount: number, more: Partial<Quota> = {}): Quota => ({
  measure,
  amount,
  source: 'config',
  ...more,
});
const three = [offer('one'), offer('two'), offer('three')];
const month = '2026-11';
/** What health runs measured at the accounts that the tests name so. */
const speeds = measured([
  ['near', 10],
  ['roomy', 400],
  ['small', 0],
  ['large', 500],
]);

/** The record of resources that are each at one account, or at several with so many replicas. */
function recordOf(...held: [DesiredResource, ...(string | [string, number])[]][]): RecordedState {
  const graph = graphOf(...held.map(([node]) => node));
  const placement = new Map(
    held.map(([node, ...accounts]) => [
      node.address,
      accounts.map((at) => {
        const [provider, replicas] = typeof at === 'string' ? [at, node.replicas] : at;
        return { provider, replicas, because: 'test' };
      }),
    ]),
  );
  return applied(graph, placement).recorded;
}

function placeAll(nodes: DesiredResource[], offers: Offer[] = three, more: Partial<PlacementInput> = {}) {
  const recorded = { health: speeds, ...(more.recorded ?? recordOf()) };
  const result = place({ graph: graphOf(...nodes), config: nowhere, offers, month, ...more, recorded });
  const at = nodes.map(({ address }) =>
    result.placement.get(address)?.map(({ provider, replicas }) => `${provider} ${replicas}`),
  );
  return { ...result, at };
}

function placeOne(node: DesiredResource, offers: Offer[] = three, more: Partial<PlacementInput> = {}) {
  const { problems, at, placement, ...rest } = placeAll([node], offers, more);
  return { ...rest, problems, at: at[0], first: placement.get(node.address)?.[0] };
}

const sized = (name: string, cpu: number, more: Partial<DesiredResource> = {}) =>
  resource(`service/${name}`, { spec: { resources: { millicpu: cpu } }, ...more });

describe('where a resource goes', () => {
  test('the first of place.on where scores tie', () => {
    const { at, first } = placeOne(resource('service/api', { place: { on: ['two', 'one'] } }));
    expect(at).toEqual(['two 1']);
    expect(first).toMatchObject({ because: 'first of place.on that fits', next: { provider: 'one' } });
  });

  test('the best score, whatever is named first', () => {
    const node = resource('service/api', { place: { on: ['two', 'one'] } });
    const { at, first } = placeOne(node, [offer('one'), offer('two')], {
      recorded: {
        ...recordOf(),
        health: measured([
          ['one', 20],
          ['two', 900],
          ['two', 400],
          ['two', 10],
        ]),
      },
    });
    expect(at).toEqual(['one 1']);
    expect(first?.because).toBe('the best score of 2 that fit');
    expect(first?.score?.parts).toEqual({ cpu: null, memory: null, latency: 0.96, load: null, success: null });
  });

  test('where it runs already, though another is named first', () => {
    const node = resource('service/api', { place: { on: ['two', 'one'] } });
    const { at, first } = placeOne(node, three, { recorded: recordOf([node, 'one']) });
    expect(at).toEqual(['one 1']);
    expect(first).toMatchObject({ because: 'it runs there already', next: { provider: 'two' } });
  });

  test('elsewhere when it may not stay', () => {
    const node = resource('service/api', { place: { on: ['two'] } });
    expect(placeOne(node, three, { recorded: recordOf([node, 'one']) }).at).toEqual(['two 1']);
  });

  test('replicas spread over providers, the remainder first', () => {
    const node = resource('service/api', { replicas: 5, place: { on: ['one', 'two', 'three'], spread: 'provider' } });
    expect(placeOne(node).at).toEqual(['one 2', 'two 2', 'three 1']);
    expect(placeOne({ ...node, replicas: 2 }).at).toEqual(['one 1', 'two 1']);
    expect(placeOne({ ...node, place: { on: ['one', 'two', 'three'] } }).at).toEqual(['one 5']);
    const recorded = recordOf([node, ['one', 1], ['two', 2], ['three', 2]]);
    expect(placeOne(node, three, { recorded }).at).toEqual(['two 2', 'three 2', 'one 1']);
  });

  test('without a word, by hash: evenly, and a leaving account moves only what it held', () => {
    const nodes = Array.from({ length: 300 }, (_, index) => resource(`service/s${index}` as Address));
    const chosen = (offers: Offer[]) => placeAll(nodes, offers).at.map((at) => at?.[0]);
    const before = chosen(three);
    for (const account of ['one', 'two', 'three'])
      expect(before.filter((at) => at === `${account} 1`).length).toBeGreaterThan(70);
    const after = chosen(three.slice(0, 2));
    before.forEach((at, index) => at !== 'three 1' && expect(after[index]).toBe(at));
  });

  test('away from where things failed', () => {
    const node = resource('service/api', { place: { on: ['one', 'two'] } });
    const recorded = recordOf([resource('service/old'), 'one']);
    const failed = recorded.resources.get('service/old')?.instances['one'];
    expect(placeOne(node, three, { recorded }).at).toEqual(['one 1']);
    if (failed) failed.error = 'it crashed';
    const { at, first } = placeOne(node, three, { recorded });
    expect(at).toEqual(['two 1']);
    expect(first?.next).toEqual({ provider: 'one', total: 0.5 });
  });

  test('by the weights of the config', () => {
    const offers = [
      offer('roomy', { quotas: [quota('cpu', 10_000)] }),
      offer('near', { quotas: [quota('cpu', 1000)] }),
    ];
    const weigh = (cpu: number, latency: number) => ({ ...nowhere, placement: { weights: { cpu, latency } } });
    expect(placeOne(sized('api', 900), offers, { config: weigh(90, 1) }).at).toEqual(['roomy 1']);
    expect(placeOne(sized('api', 900), offers, { config: weigh(1, 90) }).at).toEqual(['near 1']);
  });
});

describe('limits', () => {
  const small = offer('small', { quotas: [quota('cpu', 1000)] });
  const large = offer('large', { quotas: [quota('cpu', 2000)] });

  test('send what no longer fits elsewhere, and say so', () => {
    const { at, placement, shortages } = placeAll([sized('a', 600), sized('b', 600)], [small, large]);
    expect(at.flat().toSorted()).toEqual(['large 1', 'small 1']);
    expect([...placement.values()].flat().map(({ because }) => because)).toContain(
      'the best that has room; small would score higher',
    );
    expect(shortages).toEqual([]);
  });

  test('are passed by nobody: the plan is told what is missing and where it would be', () => {
    const on = { place: { on: ['small'] } };
    const { shortages, placement } = placeAll([sized('a', 600, on), sized('b', 600, on)], [small, large]);
    expect(placement.size).toBe(2);
    expect(shortages).toHaveLength(1);
    expect(shortages[0]?.message).toMatch(
      /^no account has room for service\/[ab]: small has 0.4 processors left of 1 processors, and it takes 0.6 processors$/,
    );
  });

  test('move one that runs elsewhere only to make room, and never a protected one', () => {
    const [old, pinned] = [sized('old', 600), sized('new', 600, { place: { on: ['small'] } })];
    const recorded = recordOf([old, 'small']);
    const { at, placement, shortages } = placeAll([old, pinned], [small, large], { recorded });
    expect(at).toEqual([['large 1'], ['small 1']]);
    expect(placement.get('service/old')?.[0]?.because).toBe('small has no room for it: others need the room');
    expect(shortages).toEqual([]);
    const kept = placeAll([{ ...old, protect: true }, pinned], [small, large], { recorded });
    expect(kept.at).toEqual([['small 1'], ['small 1']]);
    expect(kept.shortages).toMatchObject([{ resource: 'service/new', provider: 'small' }]);
  });

  test('do not move what runs already when they sink below it, but stop it from growing', () => {
    const node = sized('api', 600, { replicas: 3, place: { on: ['small'] } });
    const recorded = recordOf([node, 'small']);
    expect(placeOne(node, [small, large], { recorded })).toMatchObject({ at: ['small 3'], shortages: [] });
    const more = placeOne({ ...node, replicas: 4 }, [small, large], { recorded });
    expect(more).toMatchObject({ at: ['small 4'], shortages: [{ resource: 'service/api' }] });
    const freed = placeOne({ ...node, replicas: 3, place: {} }, [small, large], {
      recorded: recordOf([{ ...node, replicas: 1 }, 'small']),
    });
    expect(freed.at).toEqual(['large 3']);
  });

  test('of one resource are hard constraints', () => {
    const single = offer('single', { quotas: [quota('instances', 1, { each: true, kinds: ['service'] })] });
    expect(placeOne(resource('service/api'), [single]).at).toEqual(['single 1']);
    const { problems } = placeOne(resource('service/api', { replicas: 2 }), [single]);
    expect(problems[0]?.message).toContain('single gives one resource 1 instance, and it wants 2 instances');
    expect(problems[0]?.hint).toBe('ask for less, or say by providers.single.plan which plan the account is on');
  });

  test('count the kinds that they are of, the hours of what is always on, and the builds of the month', () => {
    const node = resource('service/api');
    const free = offer('free', {
      quotas: [
        quota('hours', 750),
        quota('instances', 5, { kinds: ['site'] }),
        quota('builds', 2),
        quota('requests', 9),
      ],
    });
    const { forecasts, shortages } = placeAll([node, resource('site/web')], [free], {
      recorded: recordOf([node, 'free']),
    });
    expect(forecasts.map(({ measure, used, limit }) => [measure, used, limit])).toEqual([
      ['hours', 730, 750],
      ['instances', 1, 5],
      ['builds', 2, 2],
      ['requests', null, 9],
    ]);
    expect(shortages).toEqual([]);
    const december = { recorded: recordOf([node, 'free']), month: '2026-12' };
    expect(placeAll([node], [free], december).forecasts).toContainEqual(
      expect.objectContaining({ measure: 'builds', used: 0 }),
    );
    expect(placeAll([node, resource('service/more')], [free], december).shortages).toHaveLength(1);
  });

  test('say how many do not state what they take', () => {
    const { forecasts } = placeAll([sized('a', 250), resource('service/b')], [small]);
    expect(forecasts).toMatchObject([{ provider: 'small', measure: 'cpu', used: 250, limit: 1000, unstated: 1 }]);
  });

  test('count the traffic that the config expects, and say when it expects nothing', () => {
    const busy = (name: string, requests: number) =>
      resource(`service/${name}`, { replicas: 2, place: { traffic: { requests, bandwidthBytes: 1e9 } } });
    const metered = offer('metered', { quotas: [quota('requests', 1000), quota('bandwidth', 5e9)] });
    const { forecasts, shortages } = placeAll([busy('a', 600), busy('b', 300), resource('site/web')], [metered]);
    expect(forecasts).toMatchObject([
      { measure: 'requests', used: 900, unstated: 1 },
      { measure: 'bandwidth', used: 2e9, unstated: 1 },
    ]);
    expect(shortages).toEqual([]);
    const over = placeAll([busy('a', 600), busy('b', 500)], [metered, offer('free')]);
    expect(over.at.flat().toSorted()).toEqual(['free 2', 'metered 2']);
    const none = placeAll([busy('a', 600), busy('b', 500)], [metered]);
    expect(none.shortages[0]?.message).toMatch(/requests a month left of 1,000 requests a month, and it takes [56]00/);
    expect(placeAll([resource('site/web')], [metered]).forecasts).toMatchObject([{ used: null }, { used: null }]);
  });

  test('bring spread replicas together when there is no other room', () => {
    const node = sized('api', 500, { replicas: 2, place: { spread: 'provider' } });
    const full = offer('full', { quotas: [quota('cpu', 100)] });
    expect(placeOne(node, [small, full])).toMatchObject({ at: ['small 2'], shortages: [] });
  });
});

test('the same input, the same answer; and what was placed stays when one more comes', () => {
  const offers = ['a', 'b', 'c', 'd'].map((name, index) => offer(name, { quotas: [quota('cpu', 3000 + index * 500)] }));
  const nodes = Array.from({ length: 20 }, (_, index) => sized(`s${index}`, 150 + ((index * 37) % 400)));
  const first = placeAll(nodes, offers);
  expect(first.shortages).toEqual([]);
  expect(placeAll(nodes, offers).at).toEqual(first.at);
  const recorded = recordOf(
    ...nodes.map((node, index): [DesiredResource, string] => [node, first.at[index]?.[0]?.slice(0, 1) as string]),
  );
  expect(placeAll([sized('more', 200), ...nodes], offers, { recorded }).at.slice(1)).toEqual(first.at);
});

describe('when nothing fits, every reason is told', () => {
  test.each([
    [{ on: ['render'] }, three, 'render is not configured under "providers"', 'one, two, three could'],
    [
      { region: 'mars' },
      [offer('one', { kinds: { service: { supported: true, regions: ['eu', 'us'] } } })],
      'one has no region "mars" (it has eu, us)',
      'one could',
    ],
    [
      {},
      [offer('one', { kinds: { service: { supported: false, because: 'it serves files only' } } })],
      'one: no, because it serves files only',
      'configure a provider that offers services',
    ],
    [{}, [offer('one', { kinds: {} })], 'one does not offer services', 'configure a provider that offers services'],
    [{}, [], 'none is configured', 'configure a provider that offers services'],
  ])('%j', (wanted, offers, message, hint) => {
    const { problems, at } = placeOne(resource('service/api', { place: wanted }), offers);
    expect(at).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(message);
    expect(problems[0]?.hint).toBe(hint);
    expect(problems[0]?.position).toEqual({ file: 'flotilla.yml', line: 7, column: 3 });
  });
});

test('the affinity of a pair is stable, depends on both, and is spread evenly', () => {
  expect(affinity(hashOf('a'), hashOf('x'))).toBe(affinity(hashOf('a'), hashOf('x')));
  const names = ['x', 'y', 'z'].map(hashOf);
  const firsts = Array.from({ length: 300 }, (_, index) => {
    const weights = names.map((name) => affinity(hashOf(`key ${index}`), name));
    return weights.indexOf(Math.max(...weights));
  });
  for (const one of [0, 1, 2]) expect(firsts.filter((first) => first === one).length).toBeGreaterThan(70);
});
