/** `flotilla init`: what it finds in repositories of all kinds, and that what it writes is valid. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { detect } from '../../src/cli/init/detect.ts';
import { Workplace } from './cli-fixture.ts';

const listing = (files: Record<string, string | object>) =>
  new Map(Object.entries(files).map(([path, text]) => [path, typeof text === 'string' ? text : JSON.stringify(text)]));

const CASES: [what: string, files: Record<string, string | object>, found: object[]][] = [
  ['nothing', { 'README.md': '' }, []],
  [
    'a Node service',
    { 'package.json': { scripts: { start: 'node server.js' } } },
    [{ kind: 'service', name: 'acme', dir: '.', command: ['npm', 'start'] }],
  ],
  [
    'a Node service with dependencies and a build',
    {
      'package.json': { scripts: { start: 'node dist/server.js', build: 'tsc' }, dependencies: { fastify: '5' } },
      'package-lock.json': '',
    },
    [{ kind: 'service', build: 'npm ci && npm run build' }],
  ],
  [
    'a Dockerfile',
    { Dockerfile: 'FROM scratch\nEXPOSE 9000/tcp\n' },
    [{ kind: 'service', dir: '.', dockerfile: 'Dockerfile', port: 9000 }],
  ],
  ['a page', { 'index.html': '' }, [{ kind: 'site', name: 'web', dir: '.' }]],
  ['a public folder', { 'public/index.html': '', 'package.json': {} }, [{ kind: 'site', name: 'web', dir: 'public' }]],
  [
    'a Vite site whose start is for development',
    {
      'package.json': { scripts: { start: 'vite', build: 'vite build' }, devDependencies: { vite: '8' } },
      'index.html': '',
    },
    [{ kind: 'site', dir: '.', build: 'npm install && npm run build', output: 'dist' }],
  ],
  [
    'Create React App',
    {
      'package.json': { scripts: { start: 'react-scripts start', build: 'react-scripts build' } },
      'public/index.html': '',
    },
    [{ kind: 'site', dir: '.', output: 'build' }],
  ],
  ['Eleventy', { 'package.json': { scripts: { build: 'eleventy' } } }, [{ kind: 'site', output: '_site' }]],
  [
    'a script of one’s own that names its output',
    { 'package.json': { scripts: { build: 'node make.js out/' } }, 'src/index.html': '' },
    [{ kind: 'site', output: 'out' }],
  ],
  ['a library', { 'package.json': { scripts: { build: 'tsc' } } }, []],
  [
    'several folders',
    {
      'services/api/package.json': { scripts: { start: 'node .' } },
      'services/mail/Dockerfile': '',
      'web/index.html': '',
      'docs/index.html': '',
      'tests/app/package.json': { scripts: { start: 'x' } },
    },
    [
      { kind: 'service', name: 'api', dir: 'services/api' },
      { kind: 'service', name: 'mail', dir: 'services/mail' },
      { kind: 'site', name: 'web', dir: 'web' },
    ],
  ],
  [
    'a page beside a service’s folder',
    { 'index.html': '', 'api/package.json': { scripts: { start: 'node .' } } },
    [
      { kind: 'site', dir: '.' },
      { kind: 'service', name: 'api', dir: 'api' },
    ],
  ],
  [
    'a service’s own public folder',
    { 'package.json': { scripts: { start: 'node .' } }, 'public/index.html': '' },
    [{ kind: 'service', dir: '.' }],
  ],
  [
    'names that are taken or are none',
    { 'a/api/Dockerfile': '', 'b/api/Dockerfile': '', '1_ö/Dockerfile': '' },
    [{ name: 'acme' }, { name: 'api' }, { name: 'api-2' }],
  ],
  [
    'package.json files that are broken',
    { 'package.json': '{', 'a/package.json': '[]', 'b/package.json': { scripts: { start: 3 } } },
    [],
  ],
];

test.each(CASES)('finds %s', (_, files, found) => {
  const seen = detect(listing(files), 'acme');
  expect(seen).toEqual(found.map((one) => expect.objectContaining(one)));
});

test.each(CASES.filter(([, , found]) => found.length > 0))(
  'what it writes for %s is valid',
  async (_, files, found) => {
    await using place = new Workplace(Object.fromEntries(listing(files)));
    expect(await place.run('init')).toMatchObject({ code: 0, stdout: '' });
    const config = readFileSync(join(place.root, 'flotilla.yml'), 'utf8');
    expect(config).toMatch(/^# yaml-language-server: \$schema=https:\S+\.json\n/);
    const { code, document } = await place.json<{ environments: { resources: string[] }[] }>('validate');
    expect({ code, document }).toMatchObject({ code: 0 });
    expect(document.environments[0]?.resources).toHaveLength(found.length);
    expect(existsSync(join(place.root, '.github/workflows/flotilla.yml'))).toBe(true);
  },
);

describe('templates', () => {
  test.each(['starter', 'site', 'service'])('%s is a fleet that can be planned', async (template) => {
    await using place = new Workplace();
    expect((await place.run('init', '--template', template)).code).toBe(0);
    place.commit();
    const { code, document } = await place.json<{ fleet: string; steps: unknown[] }>('plan');
    expect(code).toBe(0);
    expect(document.fleet).toBe('harbour');
    expect(document.steps).toHaveLength(template === 'starter' ? 2 : 1);
  });
});

describe('files that exist', () => {
  test('are never overwritten without being asked to', async () => {
    await using place = new Workplace({ 'flotilla.yml': 'mine', 'index.html': '' });
    expect(await place.run('init')).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') });
    expect(readFileSync(join(place.root, 'flotilla.yml'), 'utf8')).toBe('mine');
    expect(existsSync(join(place.root, '.github'))).toBe(false);
    expect((await place.run('init', '--force')).code).toBe(0);
    expect(readFileSync(join(place.root, 'flotilla.yml'), 'utf8')).toContain('fleet: harbour');
  });

  test('that are the same already are left alone', async () => {
    await using place = new Workplace({ 'index.html': '' });
    await place.run('init');
    const { code, document } = await place.json<{ written: string[] }>('init');
    expect({ code, written: document.written }).toEqual({ code: 0, written: [] });
  });
});

test('it writes at the root of the repository, for the branch that is checked out', async () => {
  await using place = new Workplace({ 'web/index.html': '' });
  place.git('checkout', '-q', '-b', 'trunk');
  expect((await place.run('init', '--cwd', 'web')).code).toBe(0);
  expect(readFileSync(join(place.root, '.github/workflows/flotilla.yml'), 'utf8')).toContain('branches: ["trunk"]');
  expect(existsSync(join(place.root, 'flotilla.yml'))).toBe(true);
});

test('without a repository it says what is next', async () => {
  await using place = new Workplace({ 'index.html': '' }, { git: false });
  expect(await place.run('init')).toMatchObject({ code: 0, stderr: expect.stringContaining('git init') });
});
