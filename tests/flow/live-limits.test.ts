import { expect, test } from 'vitest';
import type { Config } from '../../src/model/config.ts';
import { TransientError } from '../../src/model/errors.ts';
import type { Usage } from '../../src/model/offer.ts';
import { offersNow } from '../../src/offers-now.ts';
import { place } from '../../src/placement/place.ts';
import { quotaWarnings } from '../../src/plan/quota.ts';
import type { Connections } from '../../src/provider-kit/connection.ts';
import type { Limit } from '../../src/provider-kit/provider.ts';
import { applied, graphOf, nowhere, resource } from './fleet.ts';

const read = { source: 'https://cloud.test/limits', date: '2026-11-20', confidence: 'documented' } as const;
const limits: Limit[] = [
  { what: 'sites', amount: 3, unit: 'sites', per: 'account', measure: 'instances', kinds: ['site'], ...read },
];

/** One account of a provider that tells its usage so, or fails to. */
function market(usage: (() => Promise<Usage[]>) | undefined, own: Config['providers'][string]['limits'] = {}) {
  const provider = {
    type: 'cloud',
    title: 'Cloud',
    kinds: { site: { supported: true } },
    limits,
    credentials: [],
    reader: () => ({}),
    ...(usage ? { usage } : {}),
  };
  const connections = new Map([['cloud', { provider, account: { name: 'cloud', credentials: {} } }]]);
  const config = { ...nowhere, providers: { cloud: { type: 'cloud', options: {}, limits: own } } };
  return (basis: 'live' | 'recorded' = 'live') =>
    offersNow(connections as unknown as Connections, config as unknown as Config, basis);
}
const sites =
  (more: Partial<Usage> = {}) =>
  async (): Promise<Usage[]> => [{ measure: 'instances', kinds: ['site'], ...more }];

test('what the provider tells goes before what is known of its plan, and the config before both', async () => {
  const quotas = async (asked: ReturnType<ReturnType<typeof market>>) => (await asked).offers[0]?.quotas;
  const known = { measure: 'instances', kinds: ['site'], amount: 3, source: read };
  const source = { url: read.source, date: read.date, confidence: read.confidence };
  expect(await quotas(market(undefined)())).toEqual([{ ...known, source }]);
  expect(await quotas(market(sites({ amount: 9, used: 2 }))('recorded'))).toEqual([{ ...known, source }]);
  expect(await quotas(market(sites({ amount: 9, used: 2 }))())).toEqual([
    { ...known, amount: 9, used: 2, source: 'provider' },
  ]);
  expect(await quotas(market(sites({ used: 2 }))())).toEqual([{ ...known, source, used: 2 }]);
  const other = async (): Promise<Usage[]> => [{ measure: 'memory', amount: 1e9 }];
  expect(await quotas(market(other)())).toEqual([
    { ...known, source },
    { measure: 'memory', amount: 1e9, source: 'provider' },
  ]);
  expect(await quotas(market(other, { memory: null })())).toEqual([{ ...known, source }]);
});

test('one that cannot tell is a warning on its line, and what is known of its plan counts', async () => {
  const { offers, warnings } = await market(async () => {
    throw new TransientError('cloud answered 503', { mend: 'try again' });
  })();
  expect(offers[0]?.quotas).toMatchObject([{ amount: 3 }]);
  expect(warnings).toEqual([
    { message: 'cloud: its limits are not those of now: cloud answered 503', position: nowhere.position('') },
  ]);
});

test('the forecast is what the provider says is used and what is to come, and the warning says whose word it is', async () => {
  const { offers } = await market(sites({ amount: 5, used: 3 }))();
  const [old, fresh] = [resource('site/old'), resource('site/fresh')];
  const at = [{ provider: 'cloud', replicas: 1, because: 'test' }];
  const { recorded } = applied(graphOf(old), new Map([[old.address, at]]));
  const { forecasts } = place({ graph: graphOf(old, fresh), config: nowhere, offers, recorded, month: '2026-11' });
  expect(forecasts).toMatchObject([{ used: 4, told: true, limit: 5, source: 'provider' }]);
  expect(quotaWarnings(forecasts)[0]?.message).toBe(
    'cloud: 4 instances for site used and planned, as the provider says, 80 % of 5 instances (its limit as it says itself)',
  );
});
