/** A service from a folder at a provider that runs images only: the workflow's image goes there, its files decide when. */
import { expect, test } from 'vitest';
import { apply, plan, status, type Intent } from '../../src/index.ts';
import { imageVariable } from '../../src/model/built-image.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import type { FakeFly } from '../../src/providers/fly/fake.ts';
import { temporaryRepository } from '../record/temporary-repository.ts';
import { portsOf, providersSection, startProviders } from './fake-providers.ts';
import { requestFor } from './world.ts';

const image = (letter: string) => `ghcr.io/acme/shop/api@sha256:${letter.repeat(64)}`;

async function shop() {
  const fakes = await startProviders(['fly']);
  const fly = fakes[0]!.world.server as FakeFly;
  const repository = temporaryRepository();
  const ports = await portsOf(repository.root, fakes);
  const folder: object = { dir: 'api', dockerfile: 'Dockerfile' };
  const configOf = (source: object) =>
    JSON.stringify({ fleet: 'shop', providers: providersSection(fakes), services: { api: { source, port: 8080 } } });
  const app = targetOf('shop', 'production', 'service/api').identity;
  const withImages = (built?: string) => ({ ...ports, images: (name: string) => (name === 'api' ? built : undefined) });
  let commit = '';
  return {
    change: (text: string, source = folder) =>
      (commit = repository.commit({ 'flotilla.yml': configOf(source), 'api/Dockerfile': text })),
    apply: (built?: string, intent: Intent = { kind: 'converge' }) =>
      apply(requestFor({ commit, intent }), withImages(built)),
    plan: (built?: string) => plan(requestFor({ commit }), withImages(built)),
    runs: () => [...(fly.apps.get(app)?.machines.values() ?? [])].map(({ config }) => config.image),
    tamper: (other: string) => fly.tamper(app, { image: other }),
    recorded: async () => (await status('production', ports)).resources.get('service/api')?.instances['fly']?.source,
    async [Symbol.asyncDispose]() {
      await fakes[0]!.world.stop();
      repository[Symbol.dispose]();
    },
  };
}

test('the image is deployed, recorded, kept while the files are the same, repaired, replaced and gone back to', async () => {
  await using world = await shop();
  world.change('FROM scratch\n');
  expect((await world.plan()).steps.map(({ action }) => action)).toEqual(['create']);
  expect((await world.apply(image('a'))).result).toBe('succeeded');
  expect(world.runs()).toEqual([image('a')]);
  expect(await world.recorded()).toMatchObject({ dir: 'api', image: image('a') });

  // Built again of the same files, or not built at all, as in the plan of a pull request.
  for (const built of [image('b'), undefined]) expect((await world.plan(built)).steps).toEqual([]);

  world.tamper('docker.io/library/nginx:latest');
  const repaired = await world.apply();
  expect(repaired.plan.steps).toMatchObject([{ action: 'update', because: 'it was changed at the provider' }]);
  expect(world.runs()).toEqual([image('a')]);

  world.change('FROM scratch\nENV A=1\n');
  expect((await world.apply(image('c'))).result).toBe('succeeded');
  expect(world.runs()).toEqual([image('c')]);

  expect((await world.apply(undefined, { kind: 'rollback', address: 'service/api' })).result).toBe('succeeded');
  expect(world.runs()).toEqual([image('a')]);
  expect(await world.recorded()).toMatchObject({ image: image('a') });
});

test('an image that the config names takes its place', async () => {
  await using world = await shop();
  world.change('FROM scratch\n');
  await world.apply(image('a'));
  world.change('FROM scratch\n', { image: image('e') });
  const { result, plan: planned } = await world.apply(image('f'));
  expect([result, planned.steps.map(({ because }) => because)]).toEqual(['succeeded', ['the config changed']]);
  expect(world.runs()).toEqual([image('e')]);
  expect((await world.plan()).steps).toEqual([]);
});

test('changed files without an image of them are refused, with what to do', async () => {
  await using world = await shop();
  world.change('FROM scratch\n');
  const { steps } = await world.apply();
  expect(steps[0]?.failure?.message).toContain('fly runs images');
  expect(steps[0]?.failure?.mend).toContain('FLOTILLA_IMAGE_API');
  expect(world.runs()).toEqual([]);
});

test('an image without its digest is an error on the line of the source', async () => {
  await using world = await shop();
  world.change('FROM scratch\n');
  await expect(world.plan('ghcr.io/acme/shop/api:latest')).rejects.toMatchObject({
    tag: 'config',
    problems: [{ path: 'services.api.source', message: 'FLOTILLA_IMAGE_API is "ghcr.io/acme/shop/api:latest"' }],
  });
});

test('the variable of a service', () => {
  expect([imageVariable('api'), imageVariable('my-api2')]).toEqual(['FLOTILLA_IMAGE_API', 'FLOTILLA_IMAGE_MY_API2']);
});
