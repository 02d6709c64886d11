import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/read-config.ts';
import type { ConfigCache } from '../../src/config/remembered.ts';
import { resourcesFor } from '../../src/config/resources-for.ts';
import { ConfigError } from '../../src/model/errors.ts';
import { errors, FULL, read } from './reading.ts';

describe('values', () => {
  test('a service comes out in the units that the model names', async () => {
    const { resources } = await read(FULL);
    expect(resources.service['api']).toEqual({
      spec: {
        source: { dir: 'services/api', dockerfile: 'Dockerfile', build: 'npm ci' },
        port: 8080,
        env: {
          LOG_LEVEL: 'info',
          DATABASE_URL: '${database.main.url}',
          STRIPE_KEY: '${secret.STRIPE_KEY}',
          RATIO: '1.10',
          PREFIX: '0170',
          VERBOSE: 'True',
          LITERAL: '$${HOME}',
        },
        health: { path: '/healthz', timeoutSeconds: 10, graceSeconds: 30 },
        resources: { millicpu: 250, memoryBytes: 512 * 2 ** 20 },
        replicas: 2,
        rollout: { strategy: 'canary', steps: [10, 50, 100] },
        domains: ['api.acme.dev'],
      },
      place: { on: ['render', 'fly'], spread: 'provider', region: 'eu', graceSeconds: 90 },
      protect: true,
      watch: {
        check: {
          kind: 'http',
          path: '/healthz',
          method: 'POST',
          headers: { Authorization: 'Bearer ${secret.PROBE}', 'X-Level': '3' },
          status: [
            [200, 299],
            [401, 401],
          ],
          contains: 'ok',
          redirects: 0,
          timeout: 10_000,
          maxResponse: 800,
          certificateDays: 20,
        },
        everySeconds: 300,
        failAfter: 4,
        recoverAfter: 1,
        wakeSeconds: 60,
        keepAwake: true,
      },
      failover: { after: 4, steps: ['redeploy', 'move'], to: ['fly'], back: 'auto', budget: 5, coolDownSeconds: 3600 },
      drift: 'repair',
    });
    expect(resources.service['worker']?.spec).toEqual({
      source: { dir: 'services/worker' },
      env: {},
      replicas: 1,
      domains: [],
    });
    expect(resources.service['tick']?.spec['source']).toEqual({ command: ['sh', '-c', 'node tick.js'] });
  });

  test('the other kinds', async () => {
    const { resources } = await read(FULL);
    expect(resources.site['web']?.spec).toMatchObject({
      dir: 'web',
      redirects: [
        { from: '/old', to: '/new', status: 308 },
        { from: '/away/*', to: 'https://example.com/', status: 301 },
      ],
      headers: [{ for: '/assets/*', values: { 'Cache-Control': 'max-age=3600', 'X-Level': '3' } }],
    });
    expect(resources.site['web']?.place).toEqual({
      on: ['render'],
      traffic: { requests: 1_000_000, bandwidthBytes: 1e10 },
    });
    expect(resources.database['main']).toEqual({
      spec: { engine: 'postgres', version: '16.10', migrations: 'db/migrations' },
      place: { on: ['render'] },
      protect: true,
    });
    expect(resources.database['scratch']).toMatchObject({ spec: { version: '7' }, protect: false });
    expect(resources.bucket['media']).toEqual({ spec: { copies: 2, public: true }, place: {}, protect: true });
    expect(resources.model['resnet']?.spec).toEqual({ source: 'models/resnet', runtime: 'triton', replicas: 3 });
    expect(resources.job['nightly']?.spec).toEqual({
      source: { command: ['sh', '-c', 'npm run report'] },
      schedule: '0 3 * * 1-5',
      env: {},
      timeoutSeconds: 1800,
    });
    expect(resources.job['poll']?.spec).toMatchObject({ everySeconds: 21_600, env: { DEEP: 'yes' } });
    expect(resources.domain['acme.dev']?.spec).toEqual({
      target: '${site.web.host}',
      records: [
        { type: 'TXT', name: '@', value: 'hello world', ttlSeconds: 3600 },
        { type: 'MX', name: 'mail', value: '10 mx.example.com.', ttlSeconds: 86_400 },
      ],
    });
  });

  test('how each kind is watched stands beside its spec', async () => {
    const { resources } = await read(FULL);
    expect(resources.service['cache']?.watch?.check).toEqual({ kind: 'tcp', port: 6379, timeout: 2000 });
    expect(resources.service['cache']?.spec).not.toHaveProperty('health');
    expect(resources.service['cache']?.failover).toEqual({
      after: 3,
      steps: ['restart', 'redeploy', 'move'],
      to: 'auto',
      back: 'manual',
      budget: 3,
      coolDownSeconds: 1800,
    });
    expect(resources.service['worker']).not.toHaveProperty('watch');
    expect(resources.site['web']?.watch?.check).toMatchObject({ path: '/index.html', status: [[200, 399]] });
    expect(resources.site['web']?.spec).not.toHaveProperty('health');
    expect(resources.job['nightly']?.watch).toMatchObject({
      check: { kind: 'heartbeat', withinSeconds: 90_000 },
      failAfter: 1,
    });
    expect(resources.domain['acme.dev']?.watch).toMatchObject({
      check: { kind: 'dns', type: 'A', expect: ['192.0.2.1'] },
      everySeconds: 3600,
    });
  });

  test('watching a service otherwise leaves its spec as it is: nothing is deployed for it', async () => {
    const watched = async (health: string) =>
      (await read(`fleet: a\nservices: { x: { source: x, health: { path: /up, ${health} } } }\n`)).resources.service[
        'x'
      ];
    const plain = await watched('timeout: 10s');
    const other = await watched(
      'method: POST, headers: { A: b }, status: [204], contains: x, redirects: 1, max_response: 1s, certificate: 1d, every: 1m, fail_after: 9, recover_after: 9, wake: 1m, keep_awake: true',
    );
    expect(other?.spec).toEqual(plain?.spec);
    expect(other?.watch).not.toEqual(plain?.watch);
    expect((await watched('grace: 1m'))?.spec).not.toEqual(plain?.spec);
  });

  test('a health check without a path asks for no error of the server', async () => {
    const { resources } = await read('fleet: a\nservices: { x: { source: x, health: { every: 1m } } }\n');
    expect(resources.service['x']?.watch?.check).toMatchObject({ path: '/', status: [[200, 499]] });
    expect(resources.service['x']?.spec).not.toHaveProperty('health');
  });

  test('how people hear of incidents', async () => {
    expect(await read(FULL)).toMatchObject({
      drift: 'repair',
      incidents: {
        labels: ['outage', 'sev1'],
        assignees: ['octocat'],
        lock: true,
        webhook: { url: 'https://chat.example.com/hook', secret: '${secret.CHAT}' },
        allowPrivate: true,
      },
      maintenance: [
        {
          from: '2026-12-01T22:00:00.000Z',
          to: '2026-12-02T01:00:30.000Z',
          resources: ['service/api'],
          reason: 'new database',
        },
        {
          from: '2027-01-01T00:00:00.000Z',
          to: '2027-01-01T01:00:00.000Z',
          resources: [],
          reason: 'maintenance',
        },
      ],
      status: { title: 'Acme status', description: 'What runs', url: 'https://status.acme.dev' },
    });
  });

  test('what stands around the resources', async () => {
    const config = await read(FULL);
    expect(config).toMatchObject({ fleet: 'acme', report: { comment: true }, limits: { concurrency: 4 } });
    expect(config.providers).toEqual({
      render: { type: 'render', options: {} },
      fly: { type: 'fly', options: { organization: 'personal', machines: { size: 2, tags: ['a', 'b'] } } },
      'second-fly': { type: 'fly', options: {} },
      local: { type: 'local', options: {} },
    });
    expect(config.environments['preview']).toEqual({ pullRequests: true, ttlSeconds: 259_200, overlay: {} });
  });

  test('a fleet alone has one environment and the local provider', async () => {
    const { position: _, ...data } = await read('fleet: a\n');
    expect(data).toEqual({
      fleet: 'a',
      secrets: {},
      environments: { production: { pullRequests: false, overlay: {} } },
      providers: { local: { type: 'local', options: {} } },
      resources: { service: {}, site: {}, database: {}, bucket: {}, model: {}, job: {}, domain: {} },
      report: { comment: false },
      limits: { concurrency: 10 },
      drift: 'report',
      incidents: { labels: ['outage'], assignees: [], lock: false, allowPrivate: false },
      maintenance: [],
      status: { title: 'a' },
    });
  });

  test('resources stay in the order of the file', async () => {
    const names = Object.keys((await read(FULL)).resources.service);
    expect(names).toEqual(['api', 'worker', 'cache', 'tick']);
  });

  test('aliases stand for what they refer to', async () => {
    const { resources } = await read(
      'fleet: a\nservices:\n  x: { source: x, env: &e { A: 1.0 } }\n  y: { source: y, env: *e }\n',
    );
    expect(resources.service['y']?.spec['env']).toEqual({ A: '1.0' });
  });
});

describe('environments', () => {
  test('an overlay is merged key by key, null removes, lists replace', async () => {
    const { resources } = resourcesFor(await read(FULL), 'staging');
    expect(Object.keys(resources.service)).toEqual(['api', 'cache', 'tick', 'extra']);
    expect(resources.service['api']?.spec).toMatchObject({
      replicas: 1,
      port: 8080,
      env: { LOG_LEVEL: 'debug', PREFIX: '0170' },
    });
    expect(resources.service['api']?.spec['env']).not.toHaveProperty('STRIPE_KEY');
    expect(resources.service['api']?.place).toEqual({
      graceSeconds: 90,
      on: ['fly'],
      spread: 'provider',
      region: 'eu',
    });
    expect(resources.site['web']?.spec).not.toHaveProperty('fallback');
  });

  test('without an overlay it is the base', async () => {
    const config = await read(FULL);
    expect(resourcesFor(config, 'production').resources).toEqual(config.resources);
  });

  test('a pull request has the environment that makes copies, and only that', async () => {
    const config = await read(FULL);
    expect(resourcesFor(config, 'preview-12').resources).toEqual(config.resources);
    expect(() => resourcesFor(config, 'staging-12')).toThrow(ConfigError);
  });

  test('an unknown one is refused with those that there are', async () => {
    const config = await read(FULL);
    expect(() => resourcesFor(config, 'prodution')).toThrow(
      'flotilla.yml:3:1 there is no environment "prodution" (did you mean "production"?)',
    );
    expect(() => resourcesFor(config, 'constructor')).toThrow('(there are: production, staging, preview)');
  });
});

/** The text of the full example from where a path is said to stand to the end of its line. */
async function at(path: string, environment?: string): Promise<string | undefined> {
  const { line, column } = (await read(FULL)).position(path, environment);
  return FULL.split('\n')[line - 1]?.slice(column - 1);
}

describe('positions', () => {
  test.each([
    ['services.api', 'api:'],
    ['services.api.port', '8080'],
    ['services.api.env.LOG_LEVEL', 'info'],
    ['services.api.source.dir', 'services/api, dockerfile'],
    ['services.api.domains[0]', 'api.acme.dev]'],
    ['services.cache.source.command[2]', '"6379"]'],
    ['sites.web.redirects[1].to', 'https://example.com/'],
    ['sites.web.headers[0].values.X-Level', '3 }'],
    ['domains.acme.dev', 'acme.dev:'],
    ['domains.acme.dev.records[1].ttl', '1d }'],
    ['providers.local', 'local:'],
  ])('%s', async (path, text) => {
    expect(await at(path)).toMatch(text);
    expect((await at(path))?.startsWith(text)).toBe(true);
  });

  test('the nearest parent of what is not there', async () => {
    expect(await at('services.api.nothing.here')).toBe('api:');
    expect(await at('nothing')).toMatch(/^fleet/);
  });

  test('an environment’s own words come before the base', async () => {
    expect(await at('services.api.replicas', 'staging')).toMatch(/^1, env/);
    expect(await at('services.api.port', 'staging')).toBe('8080');
  });

  test('keys with a line break, comments, anchors and CRLF between', async () => {
    const config = await read(
      'fleet: a\r\nservices:\r\n  # one\r\n  x:\r\n    # two\r\n    source: &s\r\n      "dir"\r\n',
    );
    expect(config.position('services.x.source')).toEqual({ file: 'flotilla.yml', line: 6, column: 13 });
    expect(config.position('services.x')).toEqual({ file: 'flotilla.yml', line: 4, column: 3 });
  });
});

describe('files', () => {
  test('a folder of files is one config', async () => {
    const config = await read({
      '.flotilla/b.yml': 'services:\n  y: { source: y }\n',
      '.flotilla/a.yaml': 'fleet: a\nservices:\n  x: { source: x }\n',
      '.flotilla/deeper/c.yml': 'not: read\n',
      'README.md': '',
    });
    expect(Object.keys(config.resources.service)).toEqual(['x', 'y']);
    expect(config.position('services.y.source')).toEqual({ file: '.flotilla/b.yml', line: 2, column: 16 });
  });

  test('a key in two files is an error that names both', async () => {
    expect(
      await errors({
        'flotilla.yml': 'fleet: a\nservices: { x: { source: x } }\n',
        '.flotilla/b.yml': 'services: { x: { source: y } }\nfleet: b\n',
      }),
    ).toEqual([
      '.flotilla/b.yml:1:13 "services.x" stands here and in flotilla.yml:2 (remove one of them)',
      '.flotilla/b.yml:2:1 "fleet" stands here and in flotilla.yml:1 (remove one of them)',
    ]);
  });

  test('no file', async () => {
    expect(await errors({})).toEqual(['flotilla.yml:1:1 there is no flotilla.yml (run `flotilla init` to write one)']);
  });
});

function memory(build: string): ConfigCache & { entry?: Buffer } {
  return {
    build,
    async read() {
      return this.entry;
    },
    async write(entry) {
      this.entry = Buffer.from(entry);
    },
  };
}

/** What is remembered becomes false, so that it shows where it is believed. */
const lie = (cache: { entry?: Buffer }): Buffer =>
  (cache.entry = Buffer.from(`${cache.entry}`.replace('"fleet":"acme"', '"fleet":"emca"')));

describe('cache', () => {
  const files = new Map([['flotilla.yml', FULL]]);

  test('what it gives is the same, positions too', async () => {
    const cache = memory('1');
    const { position: first, ...fresh } = await readConfig(files, cache);
    expect(cache.entry).toBeDefined();
    const { position: second, ...remembered } = await readConfig(files, cache);
    expect(remembered).toEqual(fresh);
    for (const path of [
      'services.api',
      'services.api.env.LOG_LEVEL',
      'sites.web.redirects[1].to',
      'domains.acme.dev.target',
      'x',
    ])
      for (const environment of [undefined, 'staging'])
        expect(second(path, environment)).toEqual(first(path, environment));
  });

  test('it is really used, for text and for bytes', async () => {
    const cache = memory('1');
    await readConfig(files, cache);
    lie(cache);
    expect((await readConfig(files, cache)).fleet).toBe('emca');
    expect((await readConfig(new Map([['flotilla.yml', Buffer.from(FULL)]]), cache)).fleet).toBe('emca');
  });

  test('other bytes, other files, and another build are read afresh', async () => {
    const others = [
      new Map([['flotilla.yml', `${FULL}\n`]]),
      new Map([['flotilla.yml', FULL.replace('info', 'warn')]]),
      new Map([...files, ['.flotilla/a.yml', 'buckets: { another: {} }\n']]),
      new Map([['.flotilla/a.yml', FULL]]),
    ];
    for (const other of others) {
      const cache = memory('1');
      await readConfig(files, cache);
      lie(cache);
      expect((await readConfig(other, cache)).fleet).toBe('acme');
    }
    const cache = memory('1');
    await readConfig(files, cache);
    lie(cache);
    cache.build = '2';
    expect((await readConfig(files, cache)).fleet).toBe('acme');
  });

  test('a spoilt entry is read afresh', async () => {
    const cache = memory('1');
    await readConfig(files, cache);
    const whole = lie(cache);
    const head = whole.toString().split('\n')[0] ?? '';
    for (const spoilt of ['', '{}', '{"fleet":"x"}\n', 'null\n[]', `${head}\n`, whole.subarray(0, -10), `${whole} `]) {
      cache.entry = Buffer.from(spoilt);
      expect((await readConfig(files, cache)).fleet).toBe('acme');
    }
  });

  test('an invalid config is never remembered', async () => {
    const cache = memory('1');
    await expect(readConfig(new Map([['flotilla.yml', 'fleet: A\n']]), cache)).rejects.toThrow(ConfigError);
    expect(cache.entry).toBeUndefined();
  });
});
