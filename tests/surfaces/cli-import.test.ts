/** `flotilla import` on real processes, against the pretend cloud: what runs there becomes the fleet's, as it is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configWith } from '../../src/cli/import/config-with.ts';
import { insertEntry } from '../../src/cli/import/insert-entry.ts';
import { readConfig } from '../../src/index.ts';
import { startCloud, type Cloud } from '../../src/providers/sandbox/fake.ts';
import { Workplace } from './cli-fixture.ts';

let cloud: Cloud;
beforeAll(async () => void (cloud = await startCloud()));
afterAll(() => cloud.stop());

interface Resource {
  kind: string;
  name: string;
  settings?: object;
  env?: Record<string, string>;
  labels?: Record<string, string>;
}

async function made(resource: Resource): Promise<string> {
  const rest = { title: resource.name, region: 'eu', labels: {}, replicas: 1, settings: {}, env: {}, files: null };
  const body = JSON.stringify({ ...rest, ...resource });
  const answer = await fetch(`${cloud.url}/v1/resources`, { method: 'POST', body });
  return ((await answer.json()) as { id: string }).id;
}

const image = (tag: string) => ({ source: { image: `ghcr.io/acme/shop:${tag}` }, port: 8080, domains: [] });

const CONFIG = () => `# The fleet.
fleet: harbour # as on the sign

providers:
    sandbox: { endpoint: "${cloud.url}" } # pretend
services: {} # none yet
`;

interface Document {
  result: string;
  adopted: { address: string; id: string; name: string }[];
  already: string[];
  secrets: { secret: string; variable: string }[];
  left: { address: string; setting: string }[];
  next: { steps: object[]; unchanged: number };
  differs: Record<string, string>;
}

test('listed, adopted, and the next plan has nothing to do; comments stay, no value of a secret is shown', async () => {
  const api = await made({
    kind: 'service',
    name: 'shop_api',
    settings: { ...image('1'), colour: 'red' },
    env: { API_KEY: 'hunter2-canary' },
  });
  await made({ kind: 'service', name: 'other', settings: image('2') });
  await using place = new Workplace({ 'flotilla.yml': CONFIG() });
  place.env['API_KEY'] = 'hunter2-canary';

  const list = await place.run('import', 'sandbox');
  expect(list).toMatchObject({ code: 0, stdout: '' });
  expect(list.stderr).toMatch(new RegExp(`service +shop_api +${api} .*not managed`));

  const { code, document } = await place.json<Document>('import', 'sandbox', `${api}=service/api`, '--yes');
  expect(code).toBe(0);
  expect(document).toMatchObject({
    result: 'succeeded',
    adopted: [{ address: 'service/api', id: api, name: 'shop_api' }],
    secrets: [{ secret: 'API_KEY', variable: 'API_KEY', resource: 'service/api' }],
    left: [{ address: 'service/api', setting: 'colour' }],
    next: { steps: [], unchanged: 1 },
    differs: {},
  });
  expect(JSON.stringify(document)).not.toContain('canary');
  const text = readFileSync(join(place.root, 'flotilla.yml'), 'utf8');
  expect(text.startsWith(CONFIG().replace('services: {}', 'services: '.trimEnd()))).toBe(true);
  expect(text).toContain('API_KEY: ${secret.API_KEY}');
  expect(text).toMatch(/# not carried over: colour/);
  expect(text).not.toContain('canary');

  // Nothing was deployed, and nothing has to be.
  expect(cloud.resources.get(api)?.deployments).toHaveLength(1);
  expect((await place.run('plan', '--detailed-exitcode')).code).toBe(0);
  const { document: log } = await place.json<{ events: object[] }>('history');
  expect(log.events).toContainEqual(
    expect.objectContaining({ kind: 'resource.imported', data: { id: api, name: 'shop_api' } }),
  );

  // Once more is as good; and a config that has not got it does not delete it.
  expect(await place.json<Document>('import', 'sandbox', api, '--yes')).toMatchObject({
    code: 0,
    document: { result: 'unchanged', already: ['service/api'] },
  });
  place.write({ 'flotilla.yml': CONFIG() });
  expect((await place.run('apply', '--yes')).stderr).toContain('--allow delete-protected=service/api');

  // From then on it is changed where it is, by the name that it has.
  place.write({ 'flotilla.yml': text.replace('shop:1', 'shop:3') });
  expect((await place.run('apply', '--yes')).code).toBe(0);
  expect(cloud.resources.get(api)?.serving?.settings).toMatchObject({ source: { image: 'ghcr.io/acme/shop:3' } });
  expect([...cloud.resources.values()].filter(({ name }) => name === 'shop_api')).toHaveLength(1);
});

test('what is not told is deployed by the next plan, and why is said', async () => {
  const site = await made({
    kind: 'site',
    name: 'www',
    env: { 'odd.name': 'x' },
    settings: { dir: 'web', redirects: [], headers: [], domains: [] },
  });
  await using place = new Workplace({ 'web/index.html': 'hello' });
  place.write({
    'flotilla.yml': `fleet: harbour\nproviders: { cloud: { type: sandbox, endpoint: "${cloud.url}" } }\n`,
  });
  const { code, stderr } = await place.run('import', 'cloud', 'www', '--yes');
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('✓ site/www is adopted') });
  expect(stderr).toContain('site/www: env.odd.name is not carried over, a variable’s name has letters');
  expect(stderr).toContain('the next plan deploys site/www: the pretend cloud does not tell which files run');
  expect(stderr).toMatch(/site\/www@cloud +update/);
  expect(cloud.resources.get(site)?.deployments).toHaveLength(1);
});

test('what is refused leaves the file and the record as they are', async () => {
  const theirs = {
    'flotilla-fleet': 'others',
    'flotilla-environment': 'production',
    'flotilla-address': 'service/api',
    'flotilla-hash': 'x',
  };
  await made({ kind: 'service', name: 'odd', settings: image('UPPER@case') });
  for (const name of ['mine', 'twice', 'twice']) await made({ kind: 'service', name, settings: image('1') });
  await made({ kind: 'service', name: 'theirs', settings: image('1'), labels: theirs });
  await using place = new Workplace({ 'flotilla.yml': CONFIG() });
  const refused: [args: string[], code: number, words: string | RegExp][] = [
    [['nothing', '--yes'], 1, 'there is no resource "nothing"'],
    [['mine=site/mine', '--yes'], 1, 'there is no site "mine"'],
    [['twice', '--yes'], 1, /could be service res-\d+ or service res-\d+/],
    [['odd', '--yes'], 1, 'flotilla.yml has no words for it: services.odd.source'],
    [['mine'], 1, '--yes'],
  ];
  await Promise.all(
    refused.map(async ([args, code, words]) => {
      const stderr = typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words);
      expect(await place.run('import', 'sandbox', ...args)).toMatchObject({ code, stderr });
    }),
  );
  // Written and taken back: whose it is is known before the file is, but only the engine says no.
  const stderr = expect.stringContaining('it is service/api of fleet others');
  expect(await place.run('import', 'sandbox', 'theirs', '--yes')).toMatchObject({ code: 5, stderr });
  expect(readFileSync(join(place.root, 'flotilla.yml'), 'utf8')).toBe(CONFIG());
  expect(place.git('branch', '--list', 'flotilla')).toBe('');
});

test('a provider that nothing can be imported from says why', async () => {
  await using place = new Workplace();
  const stderr = expect.stringMatching(/no service can be imported from local: .*started by Flotilla/);
  expect(await place.run('import', 'local')).toMatchObject({ code: 0, stderr });
});

test('without a file one is made, with the account; where none was named, this machine stays one', async () => {
  const found = { id: 'a', kind: 'service' as const, name: 'api', owner: null, settings: { source: 'api' }, left: [] };
  const choice = { address: 'service/api' as const, found, described: false, secrets: [] };
  const survey = { account: 'fly', type: 'fly', found: [found], refused: [], effects: {} };
  const text = configWith(new Map(), [choice], survey, 'harbour').get('flotilla.yml') ?? '';
  const entry = { api: { source: 'api', place: { on: 'fly' } } };
  expect(parse(text)).toEqual({ fleet: 'harbour', providers: { fly: {} }, services: entry });
  const implicit = new Map([['flotilla.yml', 'fleet: harbour\nsites: { web: { dir: web } }\n']]);
  const config = await readConfig(implicit);
  const after = parse(configWith(implicit, [choice], survey, 'harbour', config).get('flotilla.yml') ?? '');
  expect(after).toMatchObject({ providers: { local: {}, fly: {} }, sites: { web: {} }, services: entry });
});

test.each([
  ['nothing', ''],
  ['no section', 'fleet: a\n# the end\n'],
  ['no line end', 'fleet: a\nservices:\n  web: { source: web }'],
  [
    'a block with comments',
    'fleet: a\nservices: # ours\n    # first\n    web:\n        source: web # here\n    # last\nsites:\n    www: { dir: w }\n',
  ],
  ['an empty section', 'fleet: a\nservices:\n\nsites: {}\n'],
  ['an empty map', 'fleet: a\nservices: {} # none\nsites: { www: { dir: w } }\n'],
  ['a map on one line', 'fleet: a\nservices: { web: { source: web } } # one\n'],
  ['all on one line', '{ fleet: a, services: { web: { source: web } } } # all\n'],
  ['Windows line ends', 'fleet: a\r\nservices:\r\n  web: { source: web }\r\n'],
])('an entry is put into %s', (_, text) => {
  const body = { source: { image: 'a/b:1' }, env: { NOTE: 'a: b # c' } };
  const after = insertEntry(text, { section: 'services', name: 'new', body, remarks: ['left out'] });
  const before = (parse(text) ?? {}) as { services?: object | null };
  expect(parse(after)).toEqual({ ...before, services: { ...before.services, new: body } });
  for (const [comment] of text.matchAll(/# \w.*$/gm)) expect(after).toContain(comment.trim());
});
