import { describe, expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../src/model/resource.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import type { Account, Desired } from '../../src/provider-kit/provider.ts';
import { connect } from '../../src/providers/koyeb/api.ts';
import { harness } from '../../src/providers/koyeb/conformance.ts';
import { definitionOf } from '../../src/providers/koyeb/definition.ts';
import { startFakeKoyeb, TOKEN, type StoredService } from '../../src/providers/koyeb/fake.ts';
import { phaseOf } from '../../src/providers/koyeb/phase.ts';
import { provider } from '../../src/providers/koyeb/provider.ts';
import { service } from '../../src/providers/koyeb/service.ts';
import { folderOf } from '../conformance/source-folder.ts';
import { holdToSpecification } from '../conformance/specifications.ts';

const COMMIT = 'c'.repeat(40);
const IMAGE = `ghcr.io/acme/api@sha256:${'a'.repeat(64)}`;

function desired(spec: JsonObject = {}, changes: Partial<Desired> = {}): Desired {
  const base = { ...targetOf('acme', 'production', 'service/main'), replicas: 1, commit: COMMIT, hash: 'h1' };
  return { ...base, spec: { source: { image: IMAGE }, env: {}, domains: [], ...spec }, ...changes };
}
const fromGit = (source: JsonObject, files: Record<string, string> = {}) =>
  desired({ source: { dir: 'services/api', ...source } }, { source: folderOf(files) });

async function world(options: JsonObject = {}) {
  const koyeb = await startFakeKoyeb();
  onTestFinished(() => koyeb.stop());
  holdToSpecification(harness, koyeb);
  const { signal } = new AbortController();
  const account: Account = {
    name: 'koyeb',
    options: { endpoint: koyeb.url, repository: 'acme/shop', ...options },
    credentials: { KOYEB_TOKEN: TOKEN },
    home: '',
    signal,
    delay: async () => {},
  };
  const run = { signal, progress: () => {} };
  const { reader, writer } = connect(account);
  return {
    koyeb,
    reader,
    ensure: (wanted: Desired) => service.ensure(writer, wanted, run),
    read: (wanted: Desired) => service.read(reader, wanted),
    remove: (wanted: Desired) => service.remove(writer, wanted, run),
    logs: (wanted: Desired, lines: number) => service.logs!(reader, wanted, { lines }),
    stored: () => [...koyeb.services.values()][0] as StoredService,
    writes: () => koyeb.calls.filter(({ write }) => write).map(({ method, path }) => `${method} ${path}`),
  };
}

test('making one is an app and a service in it, and each deployment says what it was made from', async () => {
  const { ensure, stored, writes } = await world();
  expect(await ensure(desired())).toMatchObject({
    hash: 'h1',
    owner: { fleet: 'acme', environment: 'production' },
    outputs: { url: expect.stringMatching(/^https:\/\/acme-production-main-.*\.koyeb\.app$/), port: '443' },
  });
  await ensure(desired({}, { hash: 'h2' }));
  expect(writes()).toEqual(['POST /v1/apps', 'POST /v1/services', `PUT /v1/services/${stored().id}`]);
  const hashes = stored().deployments.map(({ definition }) =>
    (definition['env'] as { key: string; value: string }[]).find(({ key }) => key === 'FLOTILLA_HASH'),
  );
  expect(hashes.map((entry) => entry?.value)).toEqual(['h2', 'h1']);
});

test('an app whose service was never made is taken up, and removed when nothing is wanted any more', async () => {
  const { koyeb, ensure, read, remove } = await world();
  const cut = () =>
    koyeb.faults.add({
      match: ({ path, write }) => write && path === '/v1/services',
      times: 1,
      act: { kind: 'cut', when: 'before' },
    });
  cut();
  await expect(ensure(desired())).rejects.toMatchObject({ tag: 'transient' });
  expect(await read(desired())).toBeUndefined();
  await remove(desired());
  expect(koyeb.apps.size).toBe(0);
  cut();
  await expect(ensure(desired())).rejects.toMatchObject({ tag: 'transient' });
  expect(await ensure(desired())).toMatchObject({ phase: 'live' });
  expect(koyeb.apps.size).toBe(1);
});

test('what is on its way out is not there any more, and is waited for', async () => {
  const { koyeb, ensure, read, remove, stored } = await world();
  await ensure(desired());
  koyeb.lingers = 1000;
  const id = stored().id;
  const removing = remove(desired()).catch((error: unknown) => error);
  expect(await removing).toMatchObject({ tag: 'transient', retryAfter: 60 });
  expect(await read(desired())).toBeUndefined();
  stored().left = 3;
  await remove(desired());
  for (const app of koyeb.apps.values()) app.status = 'DELETING';
  await expect(ensure(desired())).rejects.toMatchObject({ tag: 'transient', retryAfter: 10 });
  expect(id).toBeTruthy();
});

test('a paused service is drift, and is resumed without another definition', async () => {
  const { ensure, read, stored, writes } = await world();
  await ensure(desired());
  stored().status = 'PAUSED';
  expect(service.diff(desired(), (await read(desired()))!)).toEqual([{ path: 'paused', from: true, to: false }]);
  const before = writes().length;
  expect(await ensure(desired())).toMatchObject({ hash: 'h1', phase: 'live' });
  expect(writes().slice(before)).toEqual([`POST /v1/services/${stored().id}/resume`]);
  expect(service.diff(desired(), (await read(desired()))!)).toEqual([]);
});

test.each<[string, object]>([
  ['env', { env: [] }],
  ['region', { regions: ['was'] }],
  ['replicas', { scalings: [{ min: 2, max: 2 }] }],
  ['image', { docker: { image: 'docker.io/library/nginx:latest' } }],
])('%s changed in the control panel is drift or loses the mark, and is put back', async (path, change) => {
  const { koyeb, ensure, read, stored } = await world();
  const wanted = desired({ env: { KEY: 'value' } });
  await ensure(wanted);
  koyeb.tamper(stored().id, change);
  const seen = (await read(wanted))!;
  expect(service.diff(wanted, seen).map((each) => each.path)).toEqual([path]);
  // Without its variables nothing says whose it is; it is left alone rather than taken.
  if (path === 'env') return expect(ensure(wanted)).rejects.toMatchObject({ tag: 'conflict' });
  await ensure(wanted);
  return expect(service.diff(wanted, (await read(wanted))!)).toEqual([]);
});

test('a service that is not well is waited for, and one that fell asleep is well', async () => {
  const { koyeb, ensure } = await world();
  koyeb.rollout = ['STARTING', 'UNHEALTHY', 'DEGRADED', 'HEALTHY'];
  expect(await ensure(desired())).toMatchObject({ phase: 'live' });
  koyeb.rollout = ['STARTING', 'SLEEPING'];
  await ensure(desired({}, { hash: 'h2' }));
});

test('a failed deployment tells what the build, the service and Koyeb said', async () => {
  const { koyeb, ensure, logs } = await world();
  koyeb.rollout = ['PROVISIONING', 'STARTING', 'ERROR'];
  await expect(ensure(desired())).rejects.toMatchObject({
    tag: 'deploy',
    restored: false,
    log: [
      'Build started',
      'Instance is starting',
      'Error: boom',
      '    at server.js:1',
      'Deployment failed: the instance exited with code 1',
    ],
  });
  expect(await logs(desired(), 2)).toEqual(['Error: boom', '    at server.js:1']);
  const asked = koyeb.calls.filter(({ path }) => path.startsWith('/v1/streams'));
  expect(asked.every(({ query }) => query.has('start'))).toBe(true);
});

describe('what it is made from', () => {
  const account = { name: 'koyeb', options: { repository: 'acme/shop' } } as unknown as Account;

  test('a commit of the repository, without deployments of later ones', async () => {
    expect(await definitionOf(fromGit({ build: 'npm run build', command: ['node', 'a b.js'] }), account)).toMatchObject(
      {
        git: {
          repository: 'github.com/acme/shop',
          branch: 'main',
          sha: COMMIT,
          no_deploy_on_push: true,
          workdir: 'services/api',
          buildpack: { build_command: 'npm run build', run_command: "node 'a b.js'" },
        },
      },
    );
    const known = { ...account, options: { branch: 'trunk' }, repository: 'acme/known' };
    expect(await definitionOf(fromGit({}), known)).toMatchObject({
      git: { repository: 'github.com/acme/known', branch: 'trunk' },
    });
  });

  test('a Dockerfile, named or found', async () => {
    expect(await definitionOf(fromGit({ dockerfile: 'deploy/Dockerfile' }), account)).toMatchObject({
      git: { docker: { dockerfile: 'deploy/Dockerfile' } },
    });
    const found = fromGit({ command: ['sh', '-c', 'run it'] }, { Dockerfile: 'FROM scratch' });
    expect(await definitionOf(found, account)).toMatchObject({
      git: { docker: { dockerfile: 'Dockerfile', command: 'sh', args: ['-c', 'run it'] } },
    });
  });

  test('port, health, region, instance and strategy', async () => {
    const health = { path: '/up', timeoutSeconds: 7, graceSeconds: 40 };
    const wanted = desired({ port: 3000, health, rollout: { strategy: 'rolling' } }, { region: 'us', replicas: 2 });
    expect(await definitionOf(wanted, { ...account, options: { instance: 'nano' } })).toMatchObject({
      ports: [{ port: 3000, protocol: 'http' }],
      routes: [{ port: 3000, path: '/' }],
      health_checks: [{ http: { port: 3000, path: '/up' }, grace_period: 40, timeout: 7 }],
      regions: ['was'],
      instance_types: [{ type: 'nano' }],
      scalings: [{ min: 2, max: 2 }],
      strategy: { type: 'DEPLOYMENT_STRATEGY_TYPE_ROLLING' },
      env: expect.arrayContaining([{ key: 'PORT', value: '3000' }]),
    });
  });

  test.each<[string, Desired, Partial<Account>, string]>([
    ['domains', desired({ domains: ['a.dev'] }), {}, 'not offered yet'],
    ['canary', desired({ rollout: { strategy: 'canary' } }), {}, 'canary'],
    ['replicas of a free service', desired({}, { replicas: 2 }), {}, 'one instance'],
    ['no commit', { ...fromGit({}), commit: null }, {}, 'commits that are on GitHub'],
    ['no repository', fromGit({}), { options: {} }, 'builds from GitHub'],
  ])('%s is refused before anything is made', async (_, wanted, other, message) => {
    const refused = definitionOf(wanted, { ...account, ...other });
    await expect(refused).rejects.toMatchObject({ tag: 'unsupported', message: expect.stringContaining(message) });
  });
});

test('every status word has its phase, and another is unknown', () => {
  const words =
    'PENDING PROVISIONING SCHEDULED CANCELING CANCELED ALLOCATING STARTING HEALTHY DEGRADED UNHEALTHY STOPPING STOPPED ERRORING ERROR STASHED SLEEPING';
  expect(words.split(' ').map(phaseOf)).not.toContain('unknown');
  expect(phaseOf('REBALANCING')).toBe('unknown');
});

test('options are checked', () => {
  const verdict = Object.entries({
    instance: 'Free!',
    repository: 'acme',
    branch: 'a b',
    endpoint: 'https://evil.example',
  });
  for (const [name, value] of verdict) expect(provider.options[name]?.check(value), name).toMatch(/^expected/);
  expect(provider.options['branch']?.check('release/1.2')).toBeUndefined();
});

test('the quotas of the organization are what the account may have', async () => {
  const { reader } = await world();
  expect(await provider.usage?.(reader)).toEqual([
    { measure: 'instances', kinds: ['service'], amount: 10 },
    { measure: 'memory', kinds: ['service'], amount: 8_192_000_000 },
  ]);
  expect(await provider.usage?.({ ...reader, quotas: async () => ({ services: 0 }) })).toEqual([]);
});
