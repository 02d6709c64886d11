/** What runs at every provider is taken over in one run, and the next plan does what was said, which is mostly nothing. */
import { expect, onTestFinished, test } from 'vitest';
import { configWith } from '../../src/cli/import/config-with.ts';
import { choose } from '../../src/cli/import/choose.ts';
import { apply, history, importResources, readConfig, survey } from '../../src/index.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import { temporaryRepository } from '../record/temporary-repository.ts';
import { portsOf, providersSection, startProviders } from './fake-providers.ts';
import { requestFor } from './world.ts';

/** Where the files that run are known to nobody but who built them. */
const DEPLOYED_NEXT = ['site/site-netlify', 'site/site-render', 'site/site-sandbox', 'site/site-vercel'];

test('adopted everywhere at once; changed, and removed, where it is', async () => {
  const all = await startProviders();
  onTestFinished(async () => void (await Promise.all(all.map(({ world }) => world.stop()))));
  const fakes = all.filter(({ harness }) => Object.values(harness.provider.handlers).some(({ adopt }) => adopt));
  using repository = temporaryRepository();
  const before = JSON.stringify({ fleet: 'acme', providers: providersSection(fakes) });
  const commit = repository.commit({ 'index.html': 'hello', 'web/index.html': 'hello', 'flotilla.yml': before });
  const ports = await portsOf(repository.root, fakes);

  let files: ReadonlyMap<string, string> = new Map([['flotilla.yml', before]]);
  const named = [];
  for (const { type, harness, world } of fakes) {
    const kinds = (['service', 'site'] as const).filter((kind) => harness.provider.handlers[kind]?.adopt);
    for (const kind of kinds) {
      const target = targetOf('acme', 'production', `${kind}/${kind}-${type}`, `existing-${kind}`);
      await world.foreign!(target);
      named.push({ type, target, word: `existing-${kind}=${target.address}`, world });
    }
  }
  const adopted = new Set<string>();
  for (const { type } of fakes) {
    const found = await survey(type, files, ports);
    const words = named.filter((one) => one.type === type).map(({ word }) => word);
    const choices = choose(words, found, await readConfig(files), new Set());
    files = configWith(files, choices, found, 'acme', await readConfig(files));
    const imported = await importResources(
      { commit, environment: 'production', account: type, files, adoptions: choices },
      ports,
    );
    expect(imported.outcome.steps.map(({ failure }) => failure?.message)).toEqual(choices.map(() => undefined));
    for (const { address } of choices) adopted.add(address);
    const expected = DEPLOYED_NEXT.filter((address) => adopted.has(address));
    const steps = imported.next.steps.map(({ resource, action }) => `${action} ${resource}`);
    // Heroku runs a commit that this repository does not have.
    const heroku = adopted.has('service/service-heroku') ? ['update service/service-heroku'] : [];
    expect(steps.toSorted()).toEqual([...heroku, ...expected.map((address) => `update ${address}`)].toSorted());
  }
  const events = await history('production', ports);
  expect(events.filter(({ kind }) => kind === 'resource.imported')).toHaveLength(named.length);
  for (const { target, world } of named) expect(await world.count(target)).toBe(1);

  // The config without them again: what was adopted is deleted only when that is allowed, and then by its own name.
  const guards = ['delete-protected', 'empty-config', 'mass-change'] as const;
  const request = { ...requestFor({ commit }), allow: new Map(guards.map((guard) => [guard, 'all' as const])) };
  expect((await apply({ ...request, allow: new Map() }, ports)).result).toBe('blocked');
  const gone = await apply(request, ports);
  expect(gone.steps.map(({ failure }) => failure?.message)).toEqual(named.map(() => undefined));
  for (const { target, world } of named) expect(await world.count(target)).toBe(0);
});

test('a run that dies between the mark and the record is taken up by the next apply, and makes no second one', async () => {
  const [fake] = await startProviders(['sandbox']);
  const { world } = fake!;
  onTestFinished(() => world.stop());
  using repository = temporaryRepository();
  const target = targetOf('acme', 'production', 'service/api', 'existing');
  await world.foreign!(target);
  const config = {
    fleet: 'acme',
    providers: providersSection([fake!]),
    services: { api: { source: { image: 'a/b:1' } } },
  };
  const files = new Map([['flotilla.yml', JSON.stringify(config)]]);
  const commit = repository.commit({ 'flotilla.yml': JSON.stringify(config) });
  const ports = await portsOf(repository.root, [fake!]);
  const [found] = (await survey('sandbox', files, ports)).found;
  const wanted = { commit, environment: 'production', account: 'sandbox', files };
  const adoptions = [{ address: target.address, found: found! }];

  // Nothing can be written any more once the mark is there.
  let commits = 0;
  const dying = {
    ...ports,
    store: {
      ...ports.store,
      read: ports.store.read.bind(ports.store),
      tree: ports.store.tree.bind(ports.store),
      readState: ports.store.readState.bind(ports.store),
      commit: (change: Parameters<typeof ports.store.commit>[0]) => {
        commits += 1;
        return commits > 1 ? Promise.reject(new Error('the machine is gone')) : ports.store.commit(change);
      },
    },
  };
  await expect(importResources({ ...wanted, adoptions }, dying)).rejects.toThrow('the machine is gone');
  expect((await apply(requestFor({ commit }), { ...ports, isRunAlive: async () => false })).result).toBe('succeeded');
  expect(await world.count(target)).toBe(1);
  expect(await world.count(targetOf('acme', 'production', 'service/api'))).toBe(0);
  // What differs was brought up to date in it.
  const [now] = (await survey('sandbox', files, ports)).found;
  expect(now).toMatchObject({ id: found!.id, settings: { source: { image: 'a/b:1' } } });
});

test('what the provider refuses to mark is nobody’s still, and nothing of it is remembered', async () => {
  const [fake] = await startProviders(['sandbox']);
  const { world } = fake!;
  onTestFinished(() => world.stop());
  using repository = temporaryRepository();
  const target = targetOf('acme', 'production', 'service/api', 'existing');
  await world.foreign!(target);
  const config = {
    fleet: 'acme',
    providers: providersSection([fake!]),
    services: { api: { source: { image: 'a/b:1' } } },
  };
  const files = new Map([['flotilla.yml', JSON.stringify(config)]]);
  const commit = repository.commit({ 'flotilla.yml': JSON.stringify({ ...config, services: {} }) });
  const ports = await portsOf(repository.root, [fake!]);
  const [found] = (await survey('sandbox', files, ports)).found;
  const adoptions = [{ address: target.address, found: found! }];
  world.server!.faults.add({
    match: ({ write }) => write,
    act: { kind: 'status', status: 403, body: { message: 'no' } },
  });
  const imported = await importResources(
    { commit, environment: 'production', account: 'sandbox', files, adoptions },
    ports,
  );
  expect(imported.outcome).toMatchObject({ result: 'failed', steps: [{ failure: { tag: 'credential' } }] });
  world.server!.faults.clear();
  expect(await apply(requestFor({ commit }), ports)).toMatchObject({
    result: 'unchanged',
    plan: { steps: [], blocks: [] },
  });
});
