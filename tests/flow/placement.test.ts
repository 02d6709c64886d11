import { describe, expect, test } from 'vitest';
import type { Offer } from '../../src/model/offer.ts';
import type { Address } from '../../src/model/resource.ts';
import { place } from '../../src/placement/place.ts';
import { rendezvous } from '../../src/placement/rendezvous.ts';
import { graphOf, nowhere, resource } from './fleet.ts';

const yes = { supported: true } as const;
const offer = (account: string, kinds: Offer['kinds'] = { service: yes, site: yes }): Offer => ({
  account,
  type: account,
  title: account,
  kinds,
});
const three = [offer('one'), offer('two'), offer('three')];
const nothing = new Map<Address, string[]>();

function placeOne(
  node: ReturnType<typeof resource>,
  offers = three,
  recorded: ReadonlyMap<Address, readonly string[]> = nothing,
) {
  const { placement, problems } = place({ graph: graphOf(node), config: nowhere, offers, recorded });
  return {
    at: placement.get(node.address)?.map(({ provider, replicas }) => `${provider} ${replicas}`),
    problems,
    why: placement.get(node.address)?.[0]?.because,
  };
}

describe('where a resource goes', () => {
  test('the first of place.on that fits', () => {
    const node = resource('service/api', { place: { on: ['two', 'one'] } });
    expect(placeOne(node)).toMatchObject({ at: ['two 1'], why: 'first of place.on that fits' });
  });

  test('where it runs already, though another is named first', () => {
    const node = resource('service/api', { place: { on: ['two', 'one'] } });
    expect(placeOne(node, three, new Map([['service/api', ['one']]]))).toMatchObject({
      at: ['one 1'],
      why: 'it runs there already',
    });
  });

  test('elsewhere when it may not stay', () => {
    const node = resource('service/api', { place: { on: ['two'] } });
    expect(placeOne(node, three, new Map([['service/api', ['one']]])).at).toEqual(['two 1']);
  });

  test('replicas spread over providers, the remainder first', () => {
    const node = resource('service/api', { replicas: 5, place: { on: ['one', 'two', 'three'], spread: 'provider' } });
    expect(placeOne(node).at).toEqual(['one 2', 'two 2', 'three 1']);
    expect(placeOne({ ...node, replicas: 2 }).at).toEqual(['one 1', 'two 1']);
    expect(placeOne({ ...node, place: { on: ['one', 'two', 'three'] } }).at).toEqual(['one 5']);
  });

  test('without a word, by hash: evenly, and a leaving account moves only what it held', () => {
    const names = Array.from({ length: 300 }, (_, index) => `service/s${index}` as Address);
    const chosen = (offers: Offer[]) => {
      const { placement } = place({
        graph: graphOf(...names.map((name) => resource(name))),
        config: nowhere,
        offers,
        recorded: nothing,
      });
      return names.map((name) => placement.get(name)?.[0]?.provider);
    };
    const before = chosen(three);
    for (const account of ['one', 'two', 'three'])
      expect(before.filter((at) => at === account).length).toBeGreaterThan(70);
    const after = chosen(three.slice(0, 2));
    before.forEach((at, index) => at !== 'three' && expect(after[index]).toBe(at));
  });
});

describe('when nothing fits, every reason is told', () => {
  test.each([
    [{ on: ['render'] }, three, 'render is not configured under "providers"', 'one, two, three could'],
    [
      { region: 'mars' },
      [offer('one', { service: { supported: true, regions: ['eu', 'us'] } })],
      'one has no region "mars" (it has eu, us)',
      'one could',
    ],
    [
      {},
      [offer('one', { service: { supported: false, because: 'it serves files only' } })],
      'one: no, because it serves files only',
      'configure a provider that offers services',
    ],
    [{}, [offer('one', {})], 'one does not offer services', 'configure a provider that offers services'],
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

test('rendezvous order is stable and depends on the key', () => {
  expect(rendezvous('a', ['x', 'y', 'z'])).toEqual(rendezvous('a', ['z', 'y', 'x']));
  const firsts = new Set(Array.from({ length: 30 }, (_, index) => rendezvous(`key ${index}`, ['x', 'y', 'z'])[0]));
  expect(firsts.size).toBe(3);
});
