/** The live runner itself, held against fakes: it passes, sweeps, and leaves nothing behind. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { harness as fly } from '../../src/providers/fly/conformance.ts';
import { harness as pages } from '../../src/providers/github-pages/conformance.ts';
import { harness as netlify } from '../../src/providers/netlify/conformance.ts';
import { harness as sandbox } from '../../src/providers/sandbox/conformance.ts';
import { registry } from '../../src/providers/registry.gen.ts';
import type { Account, Handler } from '../../src/provider-kit/provider.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import { createMatrix } from '../conformance/matrix.ts';
import { settingOf } from '../conformance/setting.ts';
import { declareLive, LIVE_CASES } from './declare-live.ts';
import { liveAccounts } from './live-accounts.ts';
import { LIVE_KINDS, liveExample } from './live-examples.ts';
import { liveHarness } from './live-harness.ts';
import { ENVIRONMENT, FLEET, ownNames } from './live-names.ts';
import { liveSummary } from './live-summary.ts';
import { sweep } from './sweep.ts';

const matrix = createMatrix(LIVE_CASES);
afterAll(() => console.log(liveSummary(matrix.text(), [])));

const HOUR = 3_600_000;

for (const harness of [sandbox, fly, netlify]) {
  const world = await harness.start({});
  const { provider } = harness;
  const live = { harness, account: world.account };
  const account: Account = { name: provider.type, signal: new AbortController().signal, ...world.account };
  const left = async () => {
    const scope = { fleet: FLEET, environment: ENVIRONMENT, identities: new Map() };
    const lists = LIVE_KINDS.map(
      (kind) => (provider.handlers[kind] as Handler | undefined)?.list(provider.reader(account), scope) ?? [],
    );
    return (await Promise.all(lists)).flat().map(({ address }) => address);
  };

  declareLive(live, matrix);

  describe(`${provider.type}, what is left`, () => {
    const kind = LIVE_KINDS.find((each) => harness.examples[each])!;
    const example = liveExample(harness, kind)!;
    afterAll(() => world.stop());

    test('nothing', async () => expect(await left()).toEqual([]));

    test('nothing after a failure either', async () => {
      const whose = ownNames(new Date());
      const own = await liveHarness(live, kind, example, whose).start({});
      world.fate!('fails');
      const target = targetOf(FLEET, ENVIRONMENT, `${kind}/main${whose.suffix}`);
      await expect(own.foreign!(target)).rejects.toMatchObject({ tag: 'deploy' });
      await own.stop();
      world.fate!('live');
      expect(await own.count(target)).toBe(0);
      expect(await left()).toEqual([]);
    });

    test('of earlier runs: what is old goes, what may still be in use stays', async () => {
      const now = new Date();
      const made = [5 * HOUR, 0].map(async (age) => {
        const whose = ownNames(new Date(now.getTime() - age));
        const setting = await settingOf(liveHarness(live, kind, example, whose), kind, { whose });
        return (await setting.ensure()).address;
      });
      const [old, fresh] = await Promise.all(made);
      expect((await left()).toSorted()).toEqual([old, fresh].toSorted());
      expect(await sweep(live, now)).toEqual([old]);
      expect(await left()).toEqual([fresh]);
    });
  });
}

// One site is all that its account holds: the cases have to leave room for each other.
const onePlace = await pages.start({});
afterAll(() => onePlace.stop());
declareLive({ harness: pages, account: onePlace.account }, matrix);

test('an account runs with all of its credentials; of the others it is said what is missing', () => {
  const { ready, notRun } = liveAccounts(
    { FLY_API_TOKEN: 'a', FLOTILLA_LIVE_OPTIONS: '{"fly":{"organization":"acme"}}', NETLIFY_AUTH_TOKEN: '' },
    [fly, netlify, sandbox, { ...sandbox, provider: { ...sandbox.provider, type: 'bare', credentials: [] } }],
  );
  expect(ready.map(({ harness, account }) => [harness.provider.type, account.credentials, account.options])).toEqual([
    ['fly', { FLY_API_TOKEN: 'a' }, { organization: 'acme' }],
  ]);
  expect(notRun).toEqual([
    { type: 'netlify', because: 'NETLIFY_AUTH_TOKEN not set' },
    { type: 'sandbox', because: 'SANDBOX_CLOUD_TOKEN not set' },
    { type: 'bare', because: 'it has no account' },
  ]);
  expect(liveSummary('matrix', notRun)).toContain('- netlify: not run: NETLIFY_AUTH_TOKEN not set\n');
});

test('live.yml hands over the credentials of every provider', async () => {
  const text = readFileSync(join(import.meta.dirname, '../../.github/workflows/live.yml'), 'utf8');
  const { jobs } = parse(text) as { jobs: { live: { steps: { run?: string; env?: Record<string, string> }[] } } };
  const handed = Object.keys(jobs.live.steps.find(({ run }) => run === 'npm run live')?.env ?? {});
  const all = await Promise.all(Object.values(registry).map((load) => load()));
  const required = all.flatMap(({ credentials }) => credentials.filter((each) => each.required));
  expect(handed).toEqual(expect.arrayContaining(required.map(({ variable }) => variable)));
});
