import { describe, expect, test } from 'vitest';
import { targetsOf, type TargetsInput } from '../../src/health/targets.ts';
import type { Address } from '../../src/model/resource.ts';
import type { InstanceState, RecordedState, ResourceState } from '../../src/model/state.ts';
import { read } from '../config/reading.ts';

const instance = (outputs: Record<string, string>, given: Partial<InstanceState> = {}): InstanceState => ({
  id: 'x',
  hash: 'h',
  replicas: 1,
  spec: {},
  references: {},
  outputs,
  phase: 'live',
  deployments: [],
  ...given,
});

type Instances = Record<string, Record<string, InstanceState>>;

function recordedOf(instances: Instances): RecordedState {
  const resources = Object.entries(instances).map(([name, byAccount]) => {
    const address = name as Address;
    const state: ResourceState = { format: 1, address, protect: false, dependsOn: [], instances: byAccount };
    return [address, state] as const;
  });
  return { environment: null, resources: new Map(resources), secrets: new Map() };
}

async function targets(yaml: string, instances: Instances, given: Partial<TargetsInput> = {}) {
  const { resources } = await read(`fleet: a\n${yaml}`);
  return targetsOf({
    resources,
    recorded: recordedOf(instances),
    accounts: new Map([
      ['local', { private: true, wakeSeconds: 0 }],
      ['sleepy', { private: false, wakeSeconds: 90 }],
    ]),
    allowPrivate: false,
    secret: () => undefined,
    ...given,
  });
}

const SERVICE = 'services: { x: { source: x } }\n';
const at = (url: string) => instance({ url });

describe('where', () => {
  test('every instance is a target, in the order of the config', async () => {
    const { targets: found } = await targets(
      'services: { b: { source: b }, a: { source: a } }\nsites: { w: { dir: w } }\n',
      {
        'site/w': { vercel: at('https://w.example') },
        'service/a': { render: at('https://a.example'), fly: at('https://a2.example') },
        'service/b': { local: at('http://127.0.0.1:3000') },
      },
    );
    expect(found.map(({ instance: id, private: own, check }) => [id, own, 'url' in check && check.url])).toEqual([
      ['service/b@local', true, 'http://127.0.0.1:3000/'],
      ['service/a@render', undefined, 'https://a.example/'],
      ['service/a@fly', undefined, 'https://a2.example/'],
      ['site/w@vercel', undefined, 'https://w.example/'],
    ]);
  });

  test.each<[string, InstanceState]>([
    ['a worker, which has no address', instance({})],
    ['what was never made', instance({ url: 'https://x.example' }, { id: null })],
    ['what never ran', instance({ url: 'https://x.example' }, { hash: null })],
    ['what is gone', instance({ url: 'https://x.example' }, { phase: 'removed' })],
    ['an address that is none', instance({ url: 'not an address' })],
    ['an address of another kind', instance({ url: 'file:///etc/passwd' })],
  ])('%s is not asked', async (_, state) => {
    expect(await targets(SERVICE, { 'service/x': { render: state } })).toEqual({ targets: [], unasked: [] });
  });

  test('what the config has no more is not watched', async () => {
    const { targets: found } = await targets(SERVICE, { 'service/y': { render: at('https://y.example') } });
    expect(found).toEqual([]);
  });

  test.each([
    ['https://x.example', '/up', 'https://x.example/up'],
    ['https://x.example/', '/up', 'https://x.example/up'],
    ['https://acme.example/site/', '/', 'https://acme.example/site/'],
    ['https://acme.example/site', '/up?a=b', 'https://acme.example/site/up?a=b'],
    ['http://[::1]:80', '//evil.example/', 'http://[::1]//evil.example/'],
  ])('%s with %s', async (url, path, expected) => {
    const yaml = `services: { x: { source: x, health: { path: "${path}" } } }\n`;
    const { targets: found } = await targets(yaml, { 'service/x': { render: at(url) } });
    expect(found[0]?.check).toMatchObject({ url: expected });
  });

  test('private addresses are asked where the config allows it', async () => {
    const own = { 'service/x': { render: at('https://x.example') } };
    expect((await targets(SERVICE, own)).targets[0]).not.toHaveProperty('private');
    expect((await targets(SERVICE, own, { allowPrivate: true })).targets[0]?.private).toBe(true);
  });
});

describe('what', () => {
  test('without a check: no error of the server, and of a site no error at all', async () => {
    const { targets: found } = await targets(`${SERVICE}sites: { w: { dir: w } }\nmodels: { m: { source: m } }\n`, {
      'service/x': { render: at('https://x.example') },
      'site/w': { render: at('https://w.example') },
      'model/m': { render: at('https://m.example') },
    });
    expect(found.map(({ check }) => 'status' in check && check.status)).toEqual([
      [[200, 499]],
      [[200, 399]],
      [[200, 499]],
    ]);
    expect(found[0]).toMatchObject({ failAfter: 3, recoverAfter: 2, wake: 0, everySeconds: 300 });
  });

  test('timing as the config says it', async () => {
    const yaml =
      'services: { x: { source: x, health: { path: /, fail_after: 5, recover_after: 1, wake: 90s, every: 1h } } }\n';
    const { targets: found } = await targets(yaml, { 'service/x': { render: at('https://x.example') } });
    expect(found[0]).toMatchObject({ failAfter: 5, recoverAfter: 1, wake: 90_000, everySeconds: 3600 });
  });

  test('where services sleep they may take long to wake, unless the config knows better', async () => {
    const yaml =
      'services: { x: { source: x }, y: { source: y, health: { path: /, wake: 20s } } }\nsites: { w: { dir: w } }\n';
    const { targets: found } = await targets(yaml, {
      'service/x': { sleepy: at('https://x.example'), render: at('https://x.example') },
      'service/y': { sleepy: at('https://y.example') },
      'site/w': { sleepy: at('https://w.example') },
    });
    expect(found.map(({ instance: id, wake }) => [id, wake])).toEqual([
      ['service/x@sleepy', 90_000],
      ['service/x@render', 0],
      ['service/y@sleepy', 20_000],
      ['site/w@sleepy', 0],
    ]);
  });

  test.each<[string, Record<string, string>, object | undefined]>([
    ['tcp: true', { url: 'https://x.example' }, { host: 'x.example', port: 443 }],
    ['tcp: true', { url: 'http://[::1]:3000/' }, { host: '::1', port: 3000 }],
    ['tcp: true', { host: 'db.example', port: '5432' }, { host: 'db.example', port: 5432 }],
    ['tcp: 25', { host: 'db.example', port: '5432' }, { host: 'db.example', port: 25 }],
    ['tcp: true', { host: 'db.example' }, undefined],
    ['tcp: true', {}, undefined],
    ['dns: { type: AAAA }', { url: 'https://x.example' }, { name: 'x.example', type: 'AAAA', expect: [] }],
    ['dns: {}', {}, undefined],
  ])('%s of %o', async (check, outputs, expected) => {
    const yaml = `services: { x: { source: x, health: { ${check} } } }\n`;
    const { targets: found } = await targets(yaml, { 'service/x': { render: instance(outputs) } });
    if (expected) expect(found[0]?.check).toMatchObject(expected);
    else expect(found).toEqual([]);
  });

  test('a domain is asked by its own name, a job by nothing, and both only where the config says', async () => {
    const yaml = 'jobs: { j: { command: x, every: 1h, health: { heartbeat: 2h } }, k: { command: x, every: 1h } }\n';
    const domains = 'domains: { a.example: { health: { dns: { type: MX } } }, b.example: {} }\n';
    const { targets: found } = await targets(yaml + domains, {
      'job/j': { render: instance({}) },
      'job/k': { render: instance({}) },
      'domain/a.example': { cloudflare: instance({ name: 'a.example' }) },
      'domain/b.example': { cloudflare: instance({ name: 'b.example' }) },
    });
    expect(found.map(({ instance: id, check }) => [id, check])).toEqual([
      ['job/j@render', { kind: 'heartbeat', withinSeconds: 7200 }],
      ['domain/a.example@cloudflare', { kind: 'dns', name: 'a.example', type: 'MX', expect: [], timeout: 10_000 }],
    ]);
  });

  test('secrets of headers are filled in; without one it is not asked, which is no outage', async () => {
    const yaml =
      'services: { x: { source: x, health: { path: /, headers: { A: "Bearer ${secret.T}", B: "$${x}" } } } }\n';
    const own = { 'service/x': { render: at('https://x.example') } };
    const { targets: found } = await targets(yaml, own, { secret: (name) => `<${name}>` });
    expect(found[0]?.check).toMatchObject({ headers: { A: 'Bearer <T>', B: '${x}' } });
    const because = 'no value for T, which its check names';
    // It stays watched: what is known of it is not forgotten because one run could not ask.
    expect(await targets(yaml, own)).toMatchObject({
      targets: [{ instance: 'service/x@render', unasked: because }],
      unasked: [{ resource: 'service/x', because }],
    });
  });
});
