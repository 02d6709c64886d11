/** What a provider cannot hold is said while planning, on the line that asks for it, and another is chosen where there is one. */
import { expect, test } from 'vitest';
import type { DesiredResource } from '../../src/model/graph.ts';
import type { Offer, Refusal } from '../../src/model/offer.ts';
import type { Address, JsonObject } from '../../src/model/resource.ts';
import { place } from '../../src/placement/place.ts';
import { registry } from '../../src/providers/registry.gen.ts';
import { applied, graphOf, resource } from './fleet.ts';

const kinds = { service: { supported: true } } as const;
const any = (account: string): Offer => ({ account, type: account, title: account, kinds });
/** As one machine does: a second replica would need the same port. */
const single = (account: string): Offer => ({
  ...any(account),
  refuses: ({ replicas }) =>
    replicas > 1 ? { at: 'replicas', because: 'it runs one replica', mend: 'set replicas: 1' } : undefined,
});
const api = (replicas: number, more: DesiredResource['place'] = {}) =>
  resource('service/api', { replicas, place: more });
const position = (path: string) => ({ file: path, line: 1, column: 1 });

function placed(node: DesiredResource, offers: Offer[], recorded = applied(graphOf()).recorded) {
  const { placement, problems } = place({
    graph: graphOf(node),
    config: { position },
    offers,
    recorded,
    month: '2026-11',
  });
  const at = placement.get(node.address)?.map(({ provider, replicas }) => `${provider} ${replicas}`);
  return { at, problems: problems.map(({ path, message, hint }) => [path, message, hint]) };
}

test('another of place.on is chosen, also where the first holds it now', () => {
  const offers = [single('docker'), any('fly')];
  const on = { on: ['docker', 'fly'] };
  expect(placed(api(1, on), offers).at).toEqual(['docker 1']);
  expect(placed(api(2, on), offers)).toEqual({ at: ['fly 2'], problems: [] });
  const before = graphOf(api(1, on));
  const held = applied(before, new Map([['service/api', [{ provider: 'docker', replicas: 1, because: '' }]]])).recorded;
  expect(placed(api(2, on), offers, held).at).toEqual(['fly 2']);
});

test('where none is left, the line is the one that they refuse, or place.on when they refuse different ones', () => {
  expect(placed(api(2), [single('docker')]).problems).toEqual([
    ['services.api.replicas', 'no provider can hold service/api: docker: it runs one replica', 'set replicas: 1'],
  ]);
  const canary = {
    ...any('fly'),
    refuses: (): Refusal => ({ at: 'rollout', because: 'no canary', mend: 'use rolling' }),
  };
  expect(placed(api(2, { on: ['docker', 'fly'] }), [single('docker'), canary, any('render')]).problems).toEqual([
    [
      'services.api.place.on',
      'no provider can hold service/api: docker: it runs one replica; fly: no canary',
      'set replicas: 1; render could',
    ],
  ]);
});

test('spread replicas go where there is room for so many', () => {
  const spread = { spread: 'provider' } as const;
  expect(placed(api(2, spread), [single('here'), single('there')]).at?.toSorted()).toEqual(['here 1', 'there 1']);
  expect(placed(api(5, spread), [single('here'), single('there'), any('fly')]).at?.toSorted()).toEqual([
    'fly 3',
    'here 1',
    'there 1',
  ]);
  expect(placed(api(3, spread), [single('here'), single('there')]).problems).toEqual([
    ['services.api.replicas', 'service/api wants 3 replicas, and here, there can run 2 of them', 'set replicas: 1'],
  ]);
});

const REFUSED: [provider: string, address: Address, spec: JsonObject, replicas: number, at: string][] = [
  ['docker', 'service/api', { source: { image: 'a' } }, 2, 'replicas'],
  ['docker', 'service/api', { source: { dir: '.', build: 'make' } }, 1, 'source.build'],
  ['fly', 'service/api', { source: { image: 'a' }, domains: ['a.dev'] }, 1, 'domains'],
  ['fly', 'service/api', { source: { image: 'a' }, resources: { millicpu: 9000 } }, 1, 'resources'],
  ['heroku', 'service/api', { source: { dir: '.' }, rollout: { strategy: 'canary' } }, 1, 'rollout.strategy'],
  ['heroku', 'service/api', { source: { dir: '.', build: 'make' } }, 1, 'source.build'],
  ['koyeb', 'service/api', { source: { image: 'a' } }, 2, 'replicas'],
  ['railway', 'service/api', { source: { image: 'a' }, domains: ['a.dev'] }, 1, 'domains'],
  ['render', 'service/api', { source: { image: 'a' } }, 2, 'replicas'],
  ['render', 'site/web', { redirects: [{ status: 301 }, { status: 302 }] }, 1, 'redirects.1.status'],
  ['local', 'service/api', { source: { image: 'a' } }, 1, 'source.image'],
  ['cloudflare', 'service/api', { source: { dir: '.', dockerfile: 'D' } }, 1, 'source.dockerfile'],
  ['cloudflare', 'domain/a', { records: [{ type: 'A' }, { type: 'SRV' }] }, 1, 'records.1.type'],
];

test.each(REFUSED)('%s: %s with %j, %i times', async (type, address, spec, replicas, at) => {
  const provider = await registry[type]!();
  const kind = resource(address).kind;
  expect(provider.refuses?.({ address, kind, spec, replicas }, {})).toMatchObject({ at });
});

test.each([
  ['render', { plan: 'starter' }],
  ['koyeb', { instance: 'nano' }],
])('%s with %j runs more than one', async (type, options) => {
  const provider = await registry[type]!();
  const described = { address: 'service/api', kind: 'service', spec: { source: { image: 'a' } }, replicas: 3 } as const;
  expect(provider.refuses?.({ ...described }, options as JsonObject)).toBeUndefined();
});
