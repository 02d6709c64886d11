import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/model/resource.ts';
import type { Observed } from '../../src/provider-kit/provider.ts';
import { localWorld, type LocalWorld, siteSpec, sourceOf } from './local-fixture.ts';

const FILES = {
  'dist/index.html': '<h1>home</h1>',
  'dist/about.html': 'about',
  'dist/docs/index.html': 'docs',
  'dist/style.css': 'body { color: teal }',
  'dist/.env': 'SECRET=1',
  'dist/.well-known/security.txt': 'Contact: x',
};

describe('a site', () => {
  test('serves its files as a kept file server does', async () => {
    const { made } = await served({ output: 'dist' });
    expect(await get(made, '/')).toMatchObject({
      status: 200,
      body: '<h1>home</h1>',
      headers: { 'content-type': 'text/html;charset=utf-8' },
    });
    expect((await get(made, '/about')).body).toBe('about');
    expect((await get(made, '/docs/')).body).toBe('docs');
    const style = await get(made, '/style.css?v=1');
    expect(style).toMatchObject({ status: 200, headers: { 'content-type': 'text/css' } });
    const { etag } = style.headers as { etag: string };
    expect(await get(made, '/style.css', { headers: { 'if-none-match': etag } })).toMatchObject({
      status: 304,
      body: '',
    });
    expect(await get(made, '/style.css', { method: 'HEAD' })).toMatchObject({
      status: 200,
      body: '',
      headers: { 'content-length': '20' },
    });
    expect(await get(made, '/style.css', { headers: { range: 'bytes=5-10' } })).toMatchObject({
      status: 206,
      body: '{ colo',
      headers: { 'content-range': 'bytes 5-10/20' },
    });
    expect(await get(made, '/style.css', { headers: { range: 'bytes=99-' } })).toMatchObject({ status: 416 });
    for (const range of ['bytes=10-5', 'bytes=-5', 'bytes=0-1,4-5', 'lines=1-2', 'bytes=0-0'])
      expect(await get(made, '/style.css', { headers: { range } })).toMatchObject({
        status: 200,
        body: FILES['dist/style.css'],
      });
    expect((await get(made, '/.well-known/security.txt')).status).toBe(200);
    for (const path of [
      '/.env',
      '/../package.json',
      '/%2e%2e/%2e%2e/state.json',
      '/..%2f..%2fstate.json',
      '//etc/passwd',
      '/%',
      '/missing',
    ])
      expect([path, (await get(made, path)).status]).toEqual([path, 404]);
    expect(await get(made, '/', { method: 'POST' })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(await get(made, '*', { method: 'OPTIONS' })).toMatchObject({ status: 400 });
  });

  test('redirects and sets headers', async () => {
    const { made } = await served({
      output: 'dist',
      redirects: [
        { from: '/old', to: '/new', status: 301 },
        { from: '/blog/*', to: '/posts/:splat', status: 302 },
        { from: '/away/*', to: 'https://example.com/:splat?from=here', status: 307 },
        { from: '/up/*', to: '/:splat', status: 308 },
      ],
      headers: [
        { for: '/*', values: { 'X-Frame-Options': 'DENY', 'Cache-Control': 'public, max-age=60' } },
        { for: '/docs/*', values: { 'X-Frame-Options': 'SAMEORIGIN' } },
      ],
    });
    const redirect = async (path: string) => {
      const { status, headers } = await get(made, path);
      return [status, headers.location];
    };
    expect(await redirect('/old?a=1')).toEqual([301, '/new?a=1']);
    expect(await redirect('/old/')).toEqual([301, '/new']);
    expect(await redirect('/blog/2026/%C3%BC?page=2')).toEqual([302, '/posts/2026/%C3%BC?page=2']);
    expect(await redirect('/blog')).toEqual([302, '/posts/']);
    expect(await redirect('/away/x')).toEqual([307, 'https://example.com/x?from=here']);
    expect(await redirect('/up//evil.example')).toEqual([308, '/evil.example']);
    expect(await redirect('/up/\\evil.example')).toEqual([308, '/evil.example']);
    expect((await get(made, '/')).headers).toMatchObject({
      'x-frame-options': 'DENY',
      'cache-control': 'public, max-age=60',
    });
    expect((await get(made, '/docs/')).headers).toMatchObject({ 'x-frame-options': 'SAMEORIGIN' });
  });

  test('answers unknown paths with its own page, or with the fallback', async () => {
    const own = await served({ output: 'dist' }, { ...FILES, 'dist/404.html': 'lost' });
    expect(await get(own.made, '/missing')).toMatchObject({ status: 404, body: 'lost' });
    const app = await served({ output: 'dist', fallback: 'index.html' });
    expect(await get(app.made, '/users/7')).toMatchObject({ status: 200, body: '<h1>home</h1>' });
    expect(await get(app.made, '/missing.js')).toMatchObject({ status: 404 });
  });

  test('is built with its environment, and updated between two requests', async () => {
    const { world, made } = await served(titled('one'));
    expect((await get(made, '/')).body).toBe('one\n');
    const updated = await ensure(world, 'two', titled('two'));
    expect(updated.outputs).toEqual(made.outputs);
    expect((await get(updated, '/')).body).toBe('two\n');
    await expect(ensure(world, 'bad', { output: 'nowhere' })).rejects.toMatchObject({
      tag: 'deploy',
      restored: true,
      message: expect.stringContaining('"nowhere"'),
    });
    expect((await get(updated, '/')).body).toBe('two\n');
    const { socket } = world.state();
    await world.remove();
    expect([existsSync(socket), readdirSync(world.home), world.runners()]).toEqual([false, [], []]);
  });

  test('whose links lead out, nowhere or in a circle is not put up', async () => {
    const world = localWorld('site');
    const linked = (target: string) => {
      const source = sourceOf(FILES);
      const materialise = async (into: string): Promise<void> => {
        await source.materialise(into);
        await writeFile(`${into}/beside.txt`, 'beside');
        symlinkSync(target, `${into}/dist/link`);
      };
      const desired = world.desired(`to-${target.replace(/\W/g, '-')}`, siteSpec({ output: 'dist' }));
      return world.handler.ensure(world.writer, { ...desired, source: { ...source, materialise } }, world.run);
    };
    await expect(linked('/etc/hostname')).rejects.toMatchObject({
      message: expect.stringContaining('"dist/link" leads out of the site'),
    });
    await expect(linked('../../../../state.json')).rejects.toMatchObject({ message: expect.stringContaining('leads') });
    await expect(linked('nowhere')).rejects.toMatchObject({ message: expect.stringContaining('leads nowhere') });
    await expect(linked('..')).rejects.toMatchObject({ message: expect.stringContaining('leads in a circle') });
    expect((await get(await linked('../beside.txt'), '/link')).body).toBe('beside');
  });
});

function titled(title: string): JsonObject {
  return { output: 'out', build: 'mkdir out && echo "$TITLE" > out/index.html', env: { TITLE: title } };
}

async function served(
  spec: JsonObject,
  files?: Record<string, string>,
): Promise<{ world: LocalWorld; made: Observed }> {
  const world = localWorld('site');
  return { world, made: await ensure(world, 'one', spec, files) };
}

function ensure(
  world: LocalWorld,
  hash: string,
  spec: JsonObject,
  files: Record<string, string> = FILES,
): Promise<Observed> {
  return world.handler.ensure(world.writer, world.desired(hash, siteSpec(spec), files), world.run);
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Sends the path as it is written: `fetch` would tidy it up first. */
function get(
  { outputs }: Observed,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(outputs.url as string);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, agent: false, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode as number, headers: response.headers, body }));
    });
    sent.on('error', reject).end();
  });
}
