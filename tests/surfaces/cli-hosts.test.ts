/** `flotilla init` in a repository that another host runs, and `flotilla providers`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../src/model/resource.ts';
import { registry } from '../../src/providers/registry.gen.ts';
import { Workplace } from './cli-fixture.ts';

const FLY = `app = "harbour-api"
primary_region = "ams"
kill_signal = "SIGTERM"
[build]
  image = "ghcr.io/acme/harbour:1"
[env]
  LEVEL = "info"
[http_service]
  internal_port = 8080
`;

describe('init', () => {
  test('writes what runs elsewhere, names what it leaves out, and says what it did not read', async () => {
    await using place = new Workplace({
      'fly.toml': FLY,
      'compose.yaml': 'services: { db: { image: postgres } }',
      'package.json': '{"scripts":{"start":"node ."}}',
    });
    const { code, stderr } = await place.run('init');
    expect(code).toBe(0);
    expect(stderr).toContain('read fly.toml (Fly.io)');
    expect(stderr).toContain('not read: compose.yaml, because');
    expect(stderr).toMatch(/not used: what the folders look like by themselves \(service\/harbour\)/);
    expect(stderr).toContain('fly.toml, kill_signal: flotilla.yml has no such setting');
    const config = readFileSync(join(place.root, 'flotilla.yml'), 'utf8');
    expect(config).toMatch(/^# yaml-language-server: \$schema=/);
    expect(config).toContain('#   fly.toml, kill_signal: ');
    place.commit();
    const { document } = await place.json<{ environments: { resources: string[] }[] }>('validate');
    expect(document.environments[0]?.resources).toEqual(['service/harbour-api']);
  });

  test('as JSON the leftovers and the secrets are data', async () => {
    await using place = new Workplace({
      'render.yaml':
        'services: [{ type: web, name: api, runtime: node, startCommand: node ., plan: free, envVars: [{ key: KEY, sync: false }] }]\n',
    });
    const { code, document } = await place.json<{ from: Record<string, unknown> }>('init');
    expect(code).toBe(0);
    expect(document.from).toMatchObject({
      read: [{ file: 'render.yaml', title: 'Render' }],
      resources: ['service/api'],
      secrets: ['KEY'],
      leftovers: expect.arrayContaining([{ file: 'render.yaml', path: 'services[0].plan', why: expect.any(String) }]),
    });
  });

  test('--from reads the file that it names; what cannot be read is told, and nothing is written', async () => {
    await using place = new Workplace({ 'fly.toml': FLY, 'web/vercel.json': '{', 'web/index.html': '' });
    const broken = await place.run('init', '--from', 'web/vercel.json');
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('web/vercel.json cannot be read') });
    expect(() => readFileSync(join(place.root, 'flotilla.yml'))).toThrow('ENOENT');
    expect(await place.run('init', '--from', 'fly.toml', '--template', 'site')).toMatchObject({ code: 1 });
    expect((await place.run('init', '--from', 'fly.toml')).code).toBe(0);
  });
});

interface Listed {
  type: string;
  kinds: Record<string, { supported: boolean; because?: string }>;
  imports: Record<string, { supported: boolean; because?: string }>;
  credentials: { variable: string; set: boolean }[];
  limits: { source: string; date: string }[];
}

describe('providers', () => {
  test('every one is listed, each kind with yes or why not, each limit with its source and date', async () => {
    await using place = new Workplace();
    const { code, document } = await place.json<{ providers: Listed[] }>('providers');
    expect(code).toBe(0);
    expect(document.providers.map(({ type }) => type)).toEqual(Object.keys(registry));
    for (const { kinds, imports, limits } of document.providers) {
      expect(Object.keys(kinds)).toEqual([...KINDS]);
      expect(Object.keys(imports)).toEqual(KINDS.filter((kind) => kinds[kind]?.supported));
      for (const kind of [kinds, imports].flatMap(Object.values)) expect(kind.supported || kind.because).toBeTruthy();
      for (const { source, date } of limits) expect(`${date} ${source}`).toMatch(/^\d{4}-\d\d-\d\d https:\/\//);
    }
  });

  test('credentials are set or not, and their values are never told', async () => {
    await using place = new Workplace();
    place.env.FLY_API_TOKEN = 'canary-token-value';
    const { stdout, stderr, code } = await place.run('providers', 'fly');
    expect(code).toBe(0);
    expect(stderr).toMatch(/✓ service +yes/);
    expect(stderr).toMatch(/– site +no: /);
    expect(stderr).toContain('FLY_API_TOKEN is set');
    expect(stderr).toMatch(/limit: .*\(documented on \d{4}-\d\d-\d\d: https:/);
    const { document } = await place.json('providers', 'fly');
    expect(stdout + stderr + JSON.stringify(document)).not.toContain('canary');
    expect(await place.run('providers', 'flyy')).toMatchObject({ code: 1, stderr: expect.stringContaining('fly') });
  });
});
