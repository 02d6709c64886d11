/** What the App tells over HTTP, to whom, and in which form. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resourcesAnswer } from '../../app/api/answers.ts';
import { Buckets } from '../../app/api/buckets.ts';
import { Metrics } from '../../app/api/metrics.ts';
import { Streams } from '../../app/api/stream.ts';
import { readSettings } from '../../app/settings.ts';
import type { Fleets } from '../../app/watch/fleets.ts';
import { News } from '../../app/watch/news.ts';
import { watchWorld, type WatchWorld } from './watch-fixture.ts';

const TOKEN = 'the-token-of-the-operator';
const ENVIRONMENT = '/v1/cluster/acme/fleet/production';
const SERVICES = '  api: { source: { image: nginx } }\n  web: { source: { image: nginx } }';

/** GitHub's pages for signing in: takes one code, once, with the verifier of the challenge that it was shown. */
async function loginPages(tokenOf: () => string) {
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      asked.push(new URLSearchParams(body));
      response.setHeader('content-type', 'application/json');
      const good = asked.at(-1)?.get('code') === 'good';
      response.end(JSON.stringify(good ? { access_token: tokenOf() } : { error: 'bad_verification_code' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, stop: () => server.close() };
}

let fleet: WatchWorld;
let pages: Awaited<ReturnType<typeof loginPages>>;
let reader = '';
beforeAll(async () => {
  pages = await loginPages(() => reader);
  fleet = await watchWorld(SERVICES, {
    env: {
      FLOTILLA_API_TOKEN: TOKEN,
      CLIENT_ID: 'Iv23liFlotilla',
      CLIENT_SECRET: 'the-secret-of-the-client',
      PUBLIC_URL: 'https://flotilla.example',
      GITHUB_SERVER_URL: pages.url,
    },
  });
  const { github } = fleet.world;
  github.state.repositories.get('acme/fleet')!.private = true;
  reader = github.createUser('rita').token;
  github.setPermission('acme/fleet', 'rita', 'read');
  await fleet.beats(1);
});
afterAll(async () => {
  pages.stop();
  await fleet[Symbol.asyncDispose]();
});

const get = (path: string, token: string | undefined = TOKEN, headers: Record<string, string> = {}) =>
  fetch(fleet.app.url + path, {
    redirect: 'manual',
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
  });
const read = async (path: string, token?: string) => {
  const answer = await get(path, token);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

describe('answers', () => {
  test('each is what the OpenAPI document says', async () => {
    const { body: document } = await read('/v1/openapi.json', '');
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addSchema(document, 'api');
    const paths = document['paths'] as Record<string, { get: { responses: Record<string, object> } }>;
    const answers = [
      ['/v1/cluster', '/v1/cluster', 200],
      ['/v1/cluster/{owner}/{repo}', '/v1/cluster/acme/fleet', 200],
      ...['resources', 'health', 'incidents', 'incidents?closed=2026-11', 'events', 'events?limit=2'].map(
        (what) =>
          [`/v1/cluster/{owner}/{repo}/{environment}/${what.split('?')[0]}`, `${ENVIRONMENT}/${what}`, 200] as const,
      ),
      ['/v1/cluster/{owner}/{repo}/{environment}/events', `${ENVIRONMENT}/events?limit=1000`, 400],
      ['/v1/cluster/{owner}/{repo}/{environment}/incidents', `${ENVIRONMENT}/incidents?closed=2026-13`, 400],
      ['/v1/cluster/{owner}/{repo}/{environment}/health', '/v1/cluster/acme/fleet/staging/health', 404],
    ] as const;
    for (const [path, url, expected] of answers) {
      const { status, body } = await read(url);
      expect([url, status]).toEqual([url, expected]);
      const pointer = `api#/paths/${path.replaceAll('/', '~1')}/get/responses/${status}/content/application~1json/schema`;
      expect(paths[path]?.get.responses[status]).toBeDefined();
      expect([url, ajv.validate(encodeURI(pointer), body), ajv.errors]).toEqual([url, true, null]);
    }
  });

  test('they say what runs where, and how it is', async () => {
    const { body } = await read('/v1/cluster');
    expect(body).toMatchObject({
      repositories: [
        {
          owner: 'acme',
          repo: 'fleet',
          fleet: 'acme',
          environments: [{ environment: 'production', health: { up: 2 } }],
        },
      ],
      complete: true,
    });
    expect((await read(`${ENVIRONMENT}/resources`)).body).toMatchObject({
      resources: [{ resource: 'service/api', instances: [{ provider: 'east', phase: 'live' }] }, {}],
    });
    expect((await read(`${ENVIRONMENT}/health`)).body).toMatchObject({
      source: 'heartbeats',
      instances: [{ instance: 'service/api@east', status: 'up' }, {}],
    });
  });

  test('the journal is paged, newest first', async () => {
    const seen: string[] = [];
    for (let before = ''; ;) {
      const { body } = await read(`${ENVIRONMENT}/events?limit=3${before && `&before=${encodeURIComponent(before)}`}`);
      seen.push(...(body['events'] as { kind: string; id: string }[]).map(({ kind }) => kind));
      before = (body['next'] as string | null) ?? '';
      if (before === '') break;
    }
    expect([seen.at(-1), seen[0]]).toEqual(['apply.started', 'apply.finished']);
    expect(seen.length).toBeGreaterThan(4);
  });

  test('are for who asked alone, and no page', async () => {
    const { headers } = await get('/v1/cluster');
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    });
  });

  test('an address is told without what else its URL holds', () => {
    const instance = { outputs: { url: 'https://user:hush@x.example/a?key=hush', password: 'hush' }, deployments: [] };
    const recorded = {
      resources: new Map([['service/x', { address: 'service/x', dependsOn: [], instances: { a: instance } }]]),
    };
    const text = JSON.stringify(resourcesAnswer({ environment: 'production', recorded } as never));
    expect(text).toContain('https://x.example/a');
    expect(text).not.toContain('hush');
  });
});

describe('who may see it', () => {
  test('nobody without a token, and nobody whom GitHub does not know', async () => {
    expect((await get('/v1/cluster', '')).headers.get('www-authenticate')).toContain('Bearer');
    expect((await read('/v1/cluster', '')).status).toBe(401);
    expect((await read('/v1/cluster', 'ghp_nobody')).status).toBe(401);
    // The second time GitHub is not asked.
    const before = fleet.world.github.traffic.length;
    expect((await read(ENVIRONMENT, 'ghp_nobody')).status).toBe(401);
    expect(fleet.world.github.traffic.length).toBe(before);
  });

  test('a reader sees what they can read, from one request to GitHub a minute', async () => {
    const before = fleet.world.github.traffic.length;
    for (const path of ['/v1/cluster', `${ENVIRONMENT}/health`, `${ENVIRONMENT}/resources`])
      expect((await read(path, reader)).status).toBe(200);
    expect(fleet.world.github.traffic.slice(before).map(({ operationName }) => operationName)).toEqual(['Readable']);
  });

  test('a stranger sees nothing, and cannot tell what is there from what is not', async () => {
    const { token } = fleet.world.github.createUser('sam');
    expect((await read('/v1/cluster', token)).body).toEqual({ repositories: [], complete: true });
    const [hidden, absent] = [
      await read(`${ENVIRONMENT}/health`, token),
      await read('/v1/cluster/acme/none/production/health', token),
    ];
    expect(hidden).toEqual(absent);
    expect(hidden.status).toBe(404);
  });

  test('who may not read it any more does not see it a minute later', async () => {
    const { token } = fleet.world.github.createUser('lena');
    fleet.world.github.setPermission('acme/fleet', 'lena', 'read');
    expect((await read(`${ENVIRONMENT}/health`, token)).status).toBe(200);
    fleet.world.github.setPermission('acme/fleet', 'lena', 'none');
    fleet.pass(60_000);
    expect((await read(`${ENVIRONMENT}/health`, token)).status).toBe(404);
  });

  test('while GitHub does not answer nobody knows what is theirs', async () => {
    const { github } = fleet.world;
    const { token } = github.createUser('olga');
    const match = ({ operationName }: { operationName?: string | undefined }) => operationName === 'Readable';
    github.faults.add({ match, times: 1, act: { kind: 'status', status: 502, body: {} } });
    const down = await get('/v1/cluster', token);
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, '60']);
    expect((await read('/v1/cluster', token)).status).toBe(200);
  });

  test('so many requests a minute, refilled as time goes by', () => {
    let now = 0;
    const buckets = new Buckets(2, () => now);
    expect([buckets.take('a'), buckets.take('a'), buckets.take('a'), buckets.take('b')]).toEqual([0, 0, 30, 0]);
    now = 30_000;
    expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 30]);
  });
});

describe('signing in', () => {
  const cookieOf = (answer: Response, name: string): string =>
    answer.headers.getSetCookie().find((one) => one.startsWith(`__Host-flotilla-${name}=`)) ?? '';
  const pair = (cookie: string): string => cookie.split(';')[0] ?? '';

  test('by GitHub’s web flow with state and PKCE, into a sealed cookie', async () => {
    const begun = await get('/v1/login', '');
    const to = new URL(begun.headers.get('location') ?? '');
    expect(`${to.origin}${to.pathname}`).toBe(`${pages.url}/login/oauth/authorize`);
    const login = cookieOf(begun, 'login');
    expect(login).toMatch(/; HttpOnly; Secure; SameSite=Lax$/);
    const state = to.searchParams.get('state') ?? '';
    const back = (query: string, cookie: string) => get(`/v1/login/callback?${query}`, '', { cookie });

    for (const guess of ['x', 'é', '%F0%9F%98%80'])
      expect((await back(`code=good&state=${guess.repeat(state.length)}`, pair(login))).status).toBe(403);
    expect((await back(`code=good&state=${state}`, '')).status).toBe(403);
    expect((await back(`code=bad&state=${state}`, pair(login))).status).toBe(403);
    const done = await back(`code=good&state=${state}`, pair(login));
    expect([done.status, done.headers.get('location')]).toEqual([302, '/v1/cluster']);
    const verifier = pages.asked.at(-1)?.get('code_verifier') ?? '';
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(to.searchParams.get('code_challenge'));
    expect(pages.asked.at(-1)?.get('redirect_uri')).toBe('https://flotilla.example/v1/login/callback');

    const session = cookieOf(done, 'session');
    expect(session).toMatch(/; HttpOnly; Secure; SameSite=Lax$/);
    expect(session).not.toContain(reader);
    const seen = await get(`${ENVIRONMENT}/health`, '', { cookie: `a=b; ${pair(session)}` });
    expect(seen.status).toBe(200);
    // Neither one that was changed, nor the cookie of another purpose, nor one that is over.
    const changed = pair(session)
      .replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
      .replace('=A', '=B');
    const swapped = pair(login).replace('-login=', '-session=');
    for (const cookie of [changed.slice(0, -4), swapped])
      expect((await get('/v1/cluster', '', { cookie })).status).toBe(401);
    fleet.pass(9 * 3_600_000);
    expect((await get('/v1/cluster', '', { cookie: pair(session) })).status).toBe(401);
  });
});

describe('streams', () => {
  /** Reads a stream until it has said so many events. */
  async function events(response: Response, count: number) {
    const found: { id: string; kind: string; data: Record<string, unknown> }[] = [];
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const [, id = '', kind = '', data = '{}'] = /^id: (.+)\nevent: (.+)\ndata: (.+)$/.exec(block) ?? [];
        if (id) found.push({ id, kind, data: JSON.parse(data) as Record<string, unknown> });
      }
      if (found.length >= count) return found;
    }
    return found;
  }

  test('tell what turns to those who may see it, and go on where they were left', async () => {
    const { token } = fleet.world.github.createUser('sue');
    await fleet.beats(1);
    const open = await get('/v1/events', reader);
    // A stranger takes no place among those that listen, by no name of a repository either.
    for (const query of ['', '?repository=acme/fleet', '?repository=acme/none', '?repository=x'])
      expect((await get(`/v1/events${query}`, token)).status).toBe(404);
    expect(open.headers.get('content-type')).toBe('text/event-stream');
    const told = events(open, 4);
    const api = [...fleet.cloud.resources.values()].find(({ title }) => title === 'api');
    fleet.cloud.outages.add(api?.name ?? '');
    await fleet.beats(3);
    fleet.cloud.outages.clear();
    await fleet.beats(2);
    const found = await told;
    expect(found.map(({ kind, data }) => [kind, data['to']])).toEqual([
      ['instance.status', 'suspect'],
      ['instance.status', 'down'],
      ['incident.opened', undefined],
      ['instance.status', 'up'],
    ]);
    expect(found[2]?.data).toMatchObject({
      repo: 'fleet',
      environment: 'production',
      incident: { subject: 'service/api' },
    });

    const again = await get('/v1/events', reader, { 'last-event-id': found[2]?.id ?? '' });
    expect((await events(again, 2)).map(({ kind }) => kind)).toEqual(['instance.status', 'incident.closed']);
    expect(
      (await read(`${ENVIRONMENT}/incidents?closed=${fleet.clock.now().toISOString().slice(0, 7)}`)).body,
    ).toMatchObject({
      incidents: [{ subject: 'service/api', closed: expect.any(String) }],
    });
  });

  test('what a caller may see is asked with each thing that is told', async () => {
    const news = new News();
    const place = { installation: 7, owner: 'acme', repo: 'fleet' };
    const streams = new Streams(news, { find: () => place } as unknown as Fleets);
    const response = Object.assign(new PassThrough(), { writeHead() {} });
    let mayRead = true;
    const caller = { key: 'sue', sees: async () => (mayRead ? [place] : []) };
    streams.open({ headers: {} } as IncomingMessage, response as unknown as ServerResponse, caller, undefined);
    const tell = (run: string) =>
      news.tell(place, [{ kind: 'apply.started', at: '2026-11-20T12:00:00Z', environment: 'production', run }]);
    tell('seen');
    await new Promise((resolve) => setImmediate(resolve));
    mayRead = false;
    tell('leaked');
    await new Promise((resolve) => setImmediate(resolve));
    streams.close();
    const said = String(response.read());
    expect(said).toContain('seen');
    expect(said).not.toContain('leaked');
  });

  test('no more than five of one caller', async () => {
    const answers = [];
    for (let count = 6; count > 0; count -= 1) answers.push(await get('/v1/events?repository=acme/fleet'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
    for (const answer of answers) await answer.body?.cancel();
  });
});

describe('numbers', () => {
  test('are for the operator, and open only when told so', async () => {
    expect((await get('/metrics', '')).status).toBe(401);
    expect((await get('/metrics', reader)).status).toBe(401);
    const text = await (await get('/metrics')).text();
    const labels = 'repository="acme/fleet",environment="production",resource="service/web"';
    expect(text).toMatch(new RegExp(`^flotilla_probes_total\\{${labels},result="ok"\\} [1-9]`, 'm'));
    expect(text).toContain(`flotilla_probe_duration_seconds_bucket{${labels},le="+Inf"}`);
    for (const name of [
      'incidents_open',
      'queue_waiting',
      'webhooks_total',
      'github_requests_total',
      'github_rate_limit_remaining',
    ])
      expect(text).toMatch(new RegExp(`^flotilla_${name}\\{.+\\} \\d+$`, 'm'));
    expect(text).not.toContain(TOKEN);
  });

  test('have a bounded number of labels', () => {
    const metrics = new Metrics();
    const sample = { at: '', ok: true, milliseconds: 70, tries: 1 };
    for (let index = 0; index < 1_500; index += 1)
      metrics.round({ owner: 'a', repo: `"${index}\n` }, 'production', {
        at: '',
        samples: [{ ...sample, instance: 'service/x@y' }],
      });
    const lines = metrics.text([]).split('\n');
    expect(lines.filter((line) => line.startsWith('flotilla_probe_duration_seconds_count'))).toHaveLength(1_001);
    expect(lines).toContain('flotilla_probes_total{repository="",environment="",resource="other",result="ok"} 500');
    expect(lines).toContain(
      'flotilla_probes_total{repository="a/\\"7\\n",environment="production",resource="service/x",result="ok"} 1',
    );
  });
});

test('settings that make no sense are told', () => {
  expect(() => readSettings({ FLOTILLA_API_TOKEN: 'short', CLIENT_ID: 'x', FLOTILLA_METRICS_OPEN: 'yes' })).toThrow(
    /FLOTILLA_API_TOKEN[\s\S]*CLIENT_SECRET[\s\S]*FLOTILLA_METRICS_OPEN/,
  );
});
