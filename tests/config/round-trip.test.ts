import { dump } from 'js-yaml';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { read } from './reading.ts';

/** A random valid file, as plain data; the same for the same seed. */
function randomFile(seed: number): Record<string, unknown> {
  let state = seed;
  const random = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
  const pick = <T>(...choices: T[]): T => choices[random(choices.length)] as T;
  const some = <T>(make: () => T): T[] => Array.from({ length: 1 + random(3) }, make);
  const maybe = (entries: Record<string, () => unknown>) =>
    Object.fromEntries(Object.entries(entries).flatMap(([key, make]) => (random(2) ? [[key, make()]] : [])));
  const named = (name: () => string, make: () => unknown) => Object.fromEntries(some(() => [name(), make()]));
  const name = () => `${pick('api', 'web', 'x', 'a-b', 'true', 'null', 'on', 'e1', 'n0')}${pick('', '', '-2', 'e3')}`;
  const text = () =>
    pick(
      'plain',
      'with: colon',
      '# hash',
      "it's",
      'say "x"',
      ' spaces ',
      '- dash',
      '${secret.A}',
      'é 🚢',
      'a\nb',
      '{x}',
      '0x10',
      '1.0',
      'null',
      '~',
      '*a',
      '!t',
      '%',
      '@',
      '1e3',
    );
  const env = () =>
    named(
      () => pick('A', 'PORT_2', '_x', 'YES', 'NO'),
      () => pick<unknown>(text(), random(1000), true, false),
    );
  const place = () =>
    maybe({
      on: () => pick<unknown>('local', ['local', 'render']),
      spread: () => 'provider',
      region: () => pick('eu', 'fra-1'),
    });
  const source = () =>
    pick<unknown>(
      'dir',
      {
        dir: 'a/b',
        ...maybe({
          dockerfile: () => 'Dockerfile',
          build: () => 'make',
          command: () => pick<unknown>('npm start', ['a', '-b', '1']),
        }),
      },
      { image: 'ghcr.io/a/b:1' },
    );
  const common = () => maybe({ place, protect: () => pick(true, false), drift: () => pick('report', 'repair') });
  const duration = () => pick('5s', '10m', '2h', '3d');
  return {
    fleet: name(),
    ...maybe({
      environments: () =>
        named(name, () =>
          pick<unknown>(
            null,
            maybe({ branch: () => pick('main', 'feature/x'), pull_requests: () => true, ttl: duration }),
          ),
        ),
      providers: () =>
        named(name, () => pick<unknown>(null, {}, { type: 'local', option: [1, 'two', { three: null }] })),
      services: () =>
        named(name, () => ({
          source: source(),
          ...maybe({
            port: () => 1 + random(65_535),
            env,
            replicas: () => 1 + random(100),
            health: () =>
              pick<unknown>({ tcp: true }, { path: '/x', ...maybe({ every: duration, fail_after: () => 2 }) }),
            failover: () => maybe({ after: () => 2, do: () => ['move'], cool_down: duration }),
            resources: () => maybe({ cpu: () => pick(0.5, 1, 2), memory: () => pick('512MB', '1.5GiB') }),
            rollout: () => pick({ strategy: 'rolling' }, { strategy: 'canary', steps: [5, '50%', 100] }),
          }),
          ...common(),
        })),
      sites: () =>
        named(name, () => ({
          dir: 'web',
          ...maybe({
            env,
            redirects: () => some(() => ({ from: '/a', to: pick('/b', 'https://x.dev/') })),
            domains: () => ['www.acme.dev'],
          }),
          ...common(),
        })),
      databases: () =>
        named(name, () => ({
          engine: pick('postgres', 'redis'),
          ...maybe({ version: () => pick<unknown>(16, '8.0') }),
          ...common(),
        })),
      buckets: () => named(name, common),
      jobs: () =>
        named(name, () => ({
          command: 'x',
          ...pick<object>({ every: duration() }, { schedule: '*/5 0 1,15 * MON' }),
          ...maybe({ env, timeout: duration }),
        })),
      domains: () =>
        named(
          () => pick('acme.dev', 'a-b.example', 'xn--4ca.com'),
          () =>
            maybe({
              target: () => '${site.web.host}',
              records: () => some(() => ({ type: 'TXT', name: pick('@', '*.x', '_dmarc'), value: text() })),
            }),
        ),
      report: () => ({ comment: true }),
      limits: () => ({ concurrency: 3 }),
      incidents: () => maybe({ labels: () => ['a b'], lock: () => true }),
      maintenance: () => [{ from: '2026-12-01T22:00Z', to: '2026-12-02T02:00+01:00', ...maybe({ reason: text }) }],
      status: () => maybe({ title: () => 'Acme', url: () => 'https://x.dev' }),
    }),
  };
}

/** Everything in a value: its dotted path, its key (none in a list), and itself. */
function* parts(value: unknown, path = ''): Generator<[path: string, key: string | undefined, value: unknown]> {
  if (value === null || typeof value !== 'object') return;
  for (const [key, item] of Object.entries(value)) {
    const inside = Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    yield [inside, Array.isArray(value) ? undefined : key, item];
    yield* parts(item, inside);
  }
}

const SPELLINGS: [string, (file: object) => string][] = [
  ['block', (file) => dump(file)],
  ['narrow block', (file) => dump(file, { lineWidth: 20, indent: 4, forceQuotes: true })],
  ['flow', (file) => dump(file, { flowLevel: 1, lineWidth: -1 })],
  ['flow below the names', (file) => dump(file, { flowLevel: 3, quotingType: '"' })],
  ['the other library', (file) => stringify(file)],
  ['JSON', (file) => JSON.stringify(file)],
  ['JSON over lines', (file) => JSON.stringify(file, null, 2)],
];

test('every valid file means the same however it is spelled', async () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const file = randomFile(seed);
    const [first, ...others] = await Promise.all(
      SPELLINGS.map(async ([name, spell]) => [name, await read(spell(file))] as const),
    );
    const { position: _, ...expected } = (first as (typeof others)[number])[1];
    expect(expected.fleet).toBe(file['fleet']);
    for (const [name, { position: __, ...data }] of others) expect(data, `${name}, seed ${seed}`).toEqual(expected);
  }
});

test('every value is found where it stands', async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const file = randomFile(seed);
    for (const [name, spell] of SPELLINGS) {
      const text = spell(file);
      const lines = text.split('\n');
      const { position } = await read(text);
      for (const [path, key, value] of parts(file)) {
        const { line, column } = position(path);
        const here = (lines[line - 1] ?? '').slice(column - 1);
        const isScalar = value !== null && typeof value !== 'object';
        const shown = isScalar ? /^[a-z0-9]{1,4}/.exec(String(value))?.[0] : key;
        // A text over several lines starts behind its mark; one with escapes looks otherwise.
        if (shown === undefined || /^[|>]/.test(here)) continue;
        expect(here.replace(/^["']/, '').startsWith(shown), `${path}, ${name}, seed ${seed}: ${here}`).toBe(true);
      }
    }
  }
});
