/** What `flotilla init` makes of other hosts' files: the goldens in `hosts/`, and that no setting is dropped silently. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseToml, stringify as stringifyToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml, stringify as stringifyYaml } from 'yaml';
import { convertAll, type Carried } from '../../src/cli/init/from/convert-all.ts';
import { FORMATS } from '../../src/cli/init/from/formats.ts';
import type { Offer } from '../../src/cli/init/from/fit.ts';
import type { Found } from '../../src/cli/init/found.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { KINDS } from '../../src/model/resource.ts';

const HOSTS = join(import.meta.dirname, 'hosts');
const text = (name: string): string => readFileSync(join(HOSTS, name), 'utf8');

/** Every provider holds everything, in the regions of the examples. */
const everything: Offer = async () =>
  Object.fromEntries(KINDS.map((kind) => [kind, { supported: true, regions: ['frankfurt', 'ams', 'fra'] }]));

interface Options {
  found?: Found[];
  offer?: Offer;
  asked?: string[];
}

function convert(files: Record<string, string>, { found = [], offer = everything, asked = [] }: Options = {}) {
  const wanted = { fleet: 'harbour', repository: 'harbour', found, asked, offer };
  return convertAll(new Map(Object.entries(files)), wanted);
}

async function carried(files: Record<string, string>, options?: Options): Promise<Carried> {
  const result = await convert(files, options);
  if (!result) throw new Error('nothing was read');
  return result;
}

const lines = ({ leftovers }: Carried): string[] => leftovers.map(({ path, why }) => `${path}: ${why}`);

const GOLDENS: string[][] = [
  ['render.yaml'],
  ['fly.toml'],
  ['railway.json'],
  ['railway.toml'],
  ['vercel.json'],
  ['netlify.toml'],
  ['Procfile', 'app.json'],
  ['compose.yaml'],
  ['koyeb.yaml'],
  ['wrangler.jsonc'],
  ['wrangler.toml'],
];

describe.each(GOLDENS)('%s', (...names) => {
  const files = Object.fromEntries(names.map((name) => [name, text(name)]));

  test('becomes the golden', async () => {
    await expect((await carried(files)).text).toMatchFileSnapshot(join(HOSTS, `${names[0]}.flotilla.yml`));
  });

  test('is a valid config with all of its resources', async () => {
    const { text: config, resources } = await carried(files);
    const { resources: read } = await readConfig(new Map([['flotilla.yml', config]]));
    expect(KINDS.flatMap((kind) => Object.keys(read[kind]).map((name) => `${kind}/${name}`))).toEqual(resources);
  });

  test('every setting is carried over or named: without it something is different', async () => {
    const whole = await carried(files);
    const named = new Set(whole.leftovers.map(({ path }) => path));
    const silent: string[] = [];
    for (const name of names)
      for (const { path, without } of eachWithout(name, files[name] as string)) {
        if (ancestors(path).some((one) => named.has(one))) continue;
        const other = await convert({ ...files, [name]: without }).catch((error: Error) => ({ text: error.message }));
        if (other?.text === whole.text) silent.push(path);
      }
    expect(silent).toEqual(SAY_NOTHING[names[0] as string] ?? []);
  });
});

/** Settings whose absence makes no difference, because they say what is so anyway. */
const SAY_NOTHING: Record<string, string[]> = {
  'render.yaml': [
    'services[0].type',
    'services[0].runtime',
    'services[0].envVars[3].fromService.type',
    'services[0].envVars[4].fromService.type',
    'services[0].envVars[5].fromService.type',
    'services[1].type',
    'services[2].dockerContext',
    'services[3].runtime',
    'services[4].runtime',
  ],
  'fly.toml': ['http_service.processes', 'http_service.processes[0]', 'http_service.checks[0].method'],
  'railway.json': ['$schema', 'build.builder'],
  'railway.toml': ['build.builder'],
  'vercel.json': ['version'],
  'netlify.toml': ['headers[0].for'],
  Procfile: ['name', 'description', 'env.SECRET_KEY.description', 'env.API_KEY.required', 'env.THEME.required'],
  'compose.yaml': [
    'version',
    'x-common',
    'x-common.restart',
    'services.web_app.healthcheck.test[0]',
    'services.web_app.healthcheck.test[1]',
    'services.web_app.healthcheck.test[2]',
  ],
  'koyeb.yaml': [
    'name',
    'services[0].type',
    'services[0].ports[0].protocol',
    'services[0].routes',
    'services[0].routes[0]',
    'services[0].routes[0].path',
    'services[0].routes[0].port',
    'services[0].health_checks[0].type',
    'services[0].health_checks[0].port',
    'services[1].build.type',
    'services[1].build.context',
  ],
  'wrangler.jsonc': ['routes[0].custom_domain'],
};

/** A path and all that it is inside of. */
function ancestors(path: string): string[] {
  return [...path.matchAll(/[.[]/g)].map(({ index }) => path.slice(0, index)).concat(path);
}

type Edit = { path: string; without: string };

/** The file without each of its settings in turn. */
function* eachWithout(name: string, source: string): Generator<Edit> {
  if (name === 'Procfile') {
    const rows = source.split('\n').filter((row) => row !== '' && !row.startsWith('#'));
    for (const row of rows) yield { path: row, without: rows.filter((other) => other !== row).join('\n') };
    return;
  }
  const yaml = (value: unknown) => stringifyYaml(value, { aliasDuplicateObjects: false });
  const language = name.endsWith('toml')
    ? { read: parseToml, write: stringifyToml }
    : name.endsWith('jsonc')
      ? { read: (all: string) => parseYaml(all.replace(/\/\/ .*|\/\*.*?\*\//g, '')), write: JSON.stringify }
      : {
          read: (all: string) => parseYaml(all, { merge: true }),
          write: name.endsWith('json') ? JSON.stringify : yaml,
        };
  const copy = () => structuredClone(language.read(source)) as object;
  for (const steps of paths(copy())) {
    const root = copy();
    const holder = steps.slice(0, -1).reduce((value, step) => (value as never)[step], root);
    const last = steps.at(-1) as never;
    if (Array.isArray(holder)) (holder as unknown[]).splice(Number(last), 1);
    else delete holder[last];
    const path = steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
    yield { path: path.replace(/^\./, ''), without: language.write(root) as string };
  }
}

function paths(value: unknown): (string | number)[][] {
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : typeof value === 'object' && value !== null && !(value instanceof Date)
      ? Object.entries(value)
      : [];
  return entries.flatMap(([key, inner]) => [[key], ...paths(inner).map((rest) => [key, ...rest])]);
}

describe('which files are read', () => {
  const fly = 'app = "x"\n';
  const vercel = '{"outputDirectory":"dist"}';
  const compose = 'services: { a: { image: acme/a } }';

  test.each<[what: string, files: Record<string, string>, read: string[], unused: string[]]>([
    [
      'one a folder, the one that says the most',
      { 'vercel.json': vercel, 'fly.toml': fly },
      ['fly.toml'],
      ['vercel.json'],
    ],
    ['each folder’s own', { 'api/fly.toml': fly, 'web/vercel.json': vercel }, ['api/fly.toml', 'web/vercel.json'], []],
    ['the outer folder’s', { 'fly.toml': fly, 'web/vercel.json': vercel }, ['fly.toml'], ['web/vercel.json']],
    [
      'a host’s before one for development',
      { 'compose.yaml': compose, 'api/fly.toml': fly },
      ['api/fly.toml'],
      ['compose.yaml'],
    ],
    ['none of tests and examples', { 'examples/fly.toml': fly, 'compose.yml': compose }, ['compose.yml'], []],
    ['both of one app', { Procfile: 'web: run', 'app.json': '{"env":{"A":"1"}}' }, ['Procfile'], ['app.json']],
    ['a mobile app’s is none', { 'app.json': '{"expo":{}}', 'compose.yml': compose }, ['compose.yml'], []],
  ])('%s', async (_, files, read, unused) => {
    const result = await carried(files);
    expect(result.read.map(({ file }) => file).filter((file) => !unused.includes(file))).toEqual(read);
    const others = [...result.read, ...result.unused].map(({ file }) => file);
    expect(others.filter((file) => !read.includes(file))).toEqual(unused);
  });

  test('none, where there is none', async () => {
    expect(await convert({ 'package.json': '{}', 'app.json': '{"expo":{}}' })).toBeUndefined();
  });

  test('the one that is asked for', async () => {
    const files = { 'fly.toml': fly, 'vercel.json': vercel };
    expect((await carried(files, { asked: ['vercel.json'] })).read).toEqual([{ file: 'vercel.json', title: 'Vercel' }]);
    await expect(convert(files, { asked: ['nginx.conf'] })).rejects.toThrow('nginx.conf is no file of a host');
    await expect(convert(files, { asked: ['api/fly.toml'] })).rejects.toThrow('there is no api/fly.toml');
  });
});

describe('what the files do not say', () => {
  test('is filled in from what the folder looks like', async () => {
    const site: Found = {
      kind: 'site',
      name: 'web',
      dir: 'web',
      because: '',
      build: 'npm ci && npm run build',
      output: 'dist',
    };
    const { text: config } = await carried({ 'web/vercel.json': '{}' }, { found: [site] });
    expect(parseYaml(config)).toMatchObject({ sites: { web: { dir: 'web', build: site.build, output: 'dist' } } });
    const service: Found = {
      kind: 'service',
      name: 'x',
      dir: '.',
      because: '',
      build: 'npm ci',
      command: ['npm', 'start'],
    };
    const railway = await carried({ 'railway.json': '{"build":{"builder":"NIXPACKS"}}' }, { found: [service] });
    expect(parseYaml(railway.text)).toMatchObject({
      services: { harbour: { source: { build: 'npm ci', command: ['npm', 'start'] } } },
    });
    expect(railway.leftovers).toEqual([]);
  });

  test('is named where nothing tells it', async () => {
    expect(lines(await carried({ 'railway.json': '{"build":{"builder":"NIXPACKS"}}' }))).toEqual([
      expect.stringContaining('build.builder: it is not found out how it is built'),
    ]);
    expect(lines(await carried({ Procfile: 'web: ./run' }))).toEqual([expect.stringContaining('web: how it is built')]);
  });

  test('a module is what a Worker starts with, unless it has to be bundled', async () => {
    const { text: config, leftovers } = await carried({
      'wrangler.toml': 'name = "shop"\nmain = "./dist/worker.js"\n',
    });
    expect(parseYaml(config)).toMatchObject({
      services: { shop: { source: { dir: '.', command: 'dist/worker.js' } } },
    });
    expect(leftovers).toEqual([]);
  });

  test('paths are those of the repository', async () => {
    const { text: config } = await carried({ 'apps/api/fly.toml': '[build]\ndockerfile = "./docker/Dockerfile"\n' });
    expect(parseYaml(config)).toMatchObject({
      services: { api: { source: { dir: 'apps/api', dockerfile: 'docker/Dockerfile' } } },
    });
  });
});

describe('accounts', () => {
  test('several are kept apart, and a name that is taken gets a number, in references too', async () => {
    const render = (name: string) =>
      `services: [{ type: web, name: api, runtime: node, envVars: [{ key: DB, fromDatabase: { name: db, property: connectionString } }] }]\ndatabases: [{ name: db }]\n# ${name}`;
    const { text: config } = await carried({
      'a/render.yaml': render('a'),
      'b/render.yaml': render('b'),
      'c/fly.toml': 'app = "api"',
    });
    expect(parseYaml(config)).toMatchObject({
      providers: { render: {}, fly: {} },
      services: {
        api: { env: { DB: '${database.db.url}' }, place: { on: ['render'] } },
        'api-2': { env: { DB: '${database.db-2.url}' }, place: { on: ['render'] } },
        'api-3': { place: { on: ['fly'] } },
      },
    });
  });

  test('a provider, a kind and a region that are not in this release are named', async () => {
    const only: Offer = async (type) => (type === 'local' ? { service: { supported: true } } : undefined);
    const result = await carried({ 'render.yaml': text('render.yaml') }, { offer: only });
    expect(parseYaml(result.text)).not.toHaveProperty('providers');
    expect(parseYaml(result.text)).not.toHaveProperty('services.harbour-api.place');
    expect(lines(result)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('this release has no provider "render"'),
        expect.stringContaining('services[0]: the region frankfurt'),
        expect.stringContaining('databases[0]: database/harbour-db is written, and this machine holds no database'),
      ]),
    );
  });
});

describe('what the config would refuse is taken out and named', () => {
  test.each<[what: string, files: Record<string, string>, leftover: RegExp]>([
    ['a port', { 'fly.toml': '[http_service]\ninternal_port = 99999' }, /^app: port: .*99999/],
    ['a variable’s name', { 'fly.toml': '[env]\n"a-b" = "1"' }, /^app: env\.a-b: .*cannot be a name/],
    ['a path outside', { 'fly.toml': '[build]\ndockerfile = "../../Dockerfile"' }, /^app: source\.dockerfile: /],
    [
      'an image',
      { 'compose.yaml': 'services: { a: { image: "${IMAGE}" }, b: { image: b } }' },
      /services\.a: source\.image/,
    ],
    [
      'a job without a time',
      { 'render.yaml': 'services: [{ type: cron, name: a, startCommand: x }, { name: b, startCommand: y }]' },
      /^services\[0\]: the job does not say when/,
    ],
    ['a domain', { 'render.yaml': 'services: [{ name: a, startCommand: x, domains: [LOCALHOST] }]' }, /domains\[?\.?0/],
    [
      'prototype names',
      { 'fly.toml': '[env]\n__proto__ = "1"\nconstructor = "2"\n' },
      /^app: __proto__ cannot be a name\n.*\napp: env\.constructor|^app: __proto__/,
    ],
    [
      'a reference to what is not there',
      {
        'render.yaml':
          'services: [{ name: a, startCommand: x, envVars: [{ key: DB, fromDatabase: { name: db, property: host } }] }]',
      },
      /^services\[0\]: env\.DB: there is no database\/db/,
    ],
    [
      'a reference to itself',
      { 'compose.yaml': 'services: { a: { image: a, environment: { URL: "http://a:80" } } }' },
      /env\.URL: service\/a waits/,
    ],
  ])('%s', async (_, files, leftover) => {
    const result = await carried(files);
    await readConfig(new Map([['flotilla.yml', result.text]]));
    expect(lines(result).join('\n') || '').toMatch(new RegExp(leftover.source, 'm'));
  });
});

test('what cannot be understood is left over, not left out', async () => {
  const compose = `services:
  a: { image: a, environment: none, mem_limit: lots, ports: ["53:53/udp"], expose: [1, 2] }
  b: { image: b, environment: [{ A: 1 }], healthcheck: { test: [CMD, curl, "http://localhost/up"], interval: often } }
`;
  expect(lines(await carried({ 'compose.yaml': compose })).map((line) => line.replace(/:.*/, ''))).toEqual(
    expect.arrayContaining([
      'services.a.environment',
      'services.a.mem_limit',
      'services.a.ports',
      'services.a.expose',
      'services.b.environment',
      'services.b.healthcheck.interval',
    ]),
  );
  const koyeb = 'services: [{ name: a, image: a, docker: b, health_checks: [{ type: tcp, port: 80 }], env: 3 }]';
  expect(lines(await carried({ 'koyeb.yaml': koyeb })).map((line) => line.replace(/:.*/, ''))).toEqual([
    'services[0].docker',
    'services[0].health_checks[0]',
    'services[0].env',
  ]);
  const fly = '[deploy]\nstrategy = "constructor"\n[[vm]]\nmemory = "much"\n';
  expect(lines(await carried({ 'fly.toml': fly })).map((line) => line.replace(/:.*/, ''))).toEqual([
    'deploy.strategy',
    'vm[0].memory',
  ]);
});

describe('hostile files end in a clear error, or in leftovers', () => {
  const all = FORMATS.flatMap(({ names }) => names);
  const hostile: [what: string, text: string][] = [
    ['nothing', ''],
    ['a list', '[1, 2]'],
    ['a number', '3'],
    ['half of something', '{"a": [1,'],
    ['NUL bytes', 'a\u0000: \u0000\n= {'],
    ['a great depth of lists', '['.repeat(15_000)],
    ['a great depth of maps', '{"a":'.repeat(15_000)],
    ['comments that never end', '/*'.repeat(100_000)],
    ['quotes that never end', '"\\'.repeat(100_000)],
    ['a file that is too large', ' '.repeat(500_001)],
    [
      'aliases in aliases',
      `a0: &a0 [x, x]\n${Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]\n`).join('')}`,
    ],
    [
      'wrong types, as JSON',
      JSON.stringify({
        services: 3,
        build: [1],
        deploy: 'x',
        env: { A: [] },
        redirects: [[]],
        app: [],
        http_service: 1,
        addons: { a: 1 },
        name: {},
        formation: [],
      }),
    ],
    [
      'wrong types, as TOML',
      'app = []\nbuild = 1\nenv = "x"\nservices = 2\ndeploy = [1]\nredirects = "x"\nname = 2020-01-01\nassets = 1\n',
    ],
    [
      'wrong types inside',
      JSON.stringify({
        services: [
          {
            name: [],
            type: {},
            envVars: 'x',
            env: 3,
            image: {},
            build: 4,
            git: [],
            ports: {},
            routes: 'x',
            health_checks: 'x',
            scaling: [],
          },
        ],
        databases: [3],
        envVarGroups: { a: 1 },
      }),
    ],
    [
      'names of prototypes',
      '{"__proto__": {"a": 1}, "constructor": 1, "env": {"__proto__": "x"}, "services": {"__proto__": {"image": "a"}, "constructor": {"image": "b"}}}',
    ],
    [
      'text that drives terminals',
      '{"services": {"a": {"image": "a", "\u001b[2J\u202e\\n# b": 1}}, "\u001b[2J\\nfleet: x": 1, "formation": {}}',
    ],
  ];
  test.each(hostile)('%s', { timeout: 60_000 }, async (_, content) => {
    for (const name of all) {
      const error = await convert({ [name]: content }).then(
        async (result) => {
          if (!result) return undefined;
          await readConfig(new Map([['flotilla.yml', result.text]]));
          for (const hidden of ['\u001b', '\u202e', '\u0000']) expect(result.text).not.toContain(hidden);
          return undefined;
        },
        (thrown: Error) => thrown,
      );
      if (error)
        expect({ name: error.name, message: error.message }).toEqual({
          name: 'UsageError',
          message: expect.stringContaining(name),
        });
    }
  });
});
