import { createHash, randomBytes } from 'node:crypto';
import { startFakeServer, type FakeAnswer, type FakeCall, type FakeServer } from '../../provider-kit/fake-server.ts';
import {
  shownApp,
  shownAuthorization,
  shownBuild,
  shownDyno,
  shownFormation,
  shownRelease,
  type FakeApp,
  type FakeAuthorization,
  type FakeBuild,
  type FakeRelease,
} from './fake-shapes.ts';

/** The words that builds, releases and dynos go through, one for each time they are asked about, then the last for good. */
export interface Rollout {
  build: readonly [string, ...string[]];
  release: readonly [string, ...string[]];
  dyno: readonly [string, ...string[]];
}

/** Heroku as far as the handler uses it: apps with global names, config vars, sources, builds, releases, dynos. */
export interface FakeHeroku extends FakeServer {
  /** Of what starts from now on. */
  rollout: Rollout;
  readonly apps: ReadonlyMap<string, FakeApp>;
  /** Tokens that are good, by value. */
  readonly authorizations: ReadonlyMap<string, FakeAuthorization>;
  /** Shows tokens with their authorizations, as the schema has it; false: only to whoever makes one. */
  showsTokens: boolean;
  /** Archives by the path that they were uploaded to. */
  readonly archives: ReadonlyMap<string, Buffer>;
  /** Makes an app as somebody would; `mine` when the token's account may see it. */
  plant(name: string, mine?: boolean): FakeApp;
  tamper(app: string, quantity: number): void;
}

export const TOKEN = 'HRKU-token-for-tests';
export const LIVE: Rollout = {
  build: ['pending', 'succeeded'],
  release: ['pending', 'succeeded'],
  dyno: ['starting', 'up'],
};
const NOW: Rollout['release'] = ['succeeded'];

export async function startFakeHeroku({ pageSize = 1000 }: { pageSize?: number } = {}): Promise<FakeHeroku> {
  const apps = new Map<string, FakeApp>();
  const archives = new Map<string, Buffer>();
  const authorizations = new Map<string, FakeAuthorization>();
  let ids = 0;
  const nextId = () => `${(ids += 1).toString(16).padStart(8, '0')}-89ab-4cde-8f01-23456789abcd`;

  function answer(call: FakeCall): FakeAnswer {
    const [, area, rest] = /^\/(archives|output|logs)\/(.+)$/.exec(call.path) ?? [];
    if (area && rest) return elsewhere(call, area, rest);
    if (!authorizations.has((call.headers.authorization ?? '').replace(/^Bearer /, '')))
      return refused(401, 'unauthorized', 'Invalid credentials provided.');
    if (call.path === '/account/rate-limits') return ok({ remaining: 2399 });
    if (call.path.startsWith('/oauth/authorizations')) return ofAuthorizations(call);
    if (call.path === '/apps') return call.method === 'POST' ? createApp(call) : page(call, own(), shownApp);
    const [, name = '', kind = '', id, part] =
      /^\/apps\/([^/]+)(?:\/([\w-]+)(?:\/([\w-]+)(?:\/([\w-]+))?)?)?$/.exec(call.path) ?? [];
    const app = apps.get(name);
    if (!app) return refused(404, 'not_found', "Couldn't find that app.");
    if (!app.mine) return refused(403, 'forbidden', `You do not have access to the app ${name}.`);
    return ofApp(app, call, `${call.method} ${[kind, id && ':id', part].filter(Boolean).join('/')}`.trim(), id);
  }

  function ofAuthorizations(call: FakeCall): FakeAnswer {
    const id = call.path.split('/')[3];
    if (call.method === 'POST')
      return { status: 201, body: authorize(call.body as { description: string; scope: string[] }) };
    if (id === undefined)
      return page(call, [...authorizations], ([token, one]) =>
        shownAuthorization(one, heroku.showsTokens ? token : null),
      );
    const [token, found] = [...authorizations].find(([, one]) => one.id === id) ?? [];
    if (!token || !found) return refused(404, 'not_found', "Couldn't find that authorization.");
    authorizations.delete(token);
    return ok(shownAuthorization(found, null));
  }

  function authorize(
    { description, scope }: { description: string; scope: string[] },
    token = `HRKU-${randomBytes(16).toString('hex')}`,
  ): object {
    const made: FakeAuthorization = { id: nextId(), description, scope };
    authorizations.set(token, made);
    return shownAuthorization(made, token);
  }

  function ofApp(app: FakeApp, call: FakeCall, route: string, id: string | undefined): FakeAnswer {
    const build = app.builds.find((one) => one.id === id);
    const release = app.releases.find((one) => one.id === id);
    switch (route) {
      case 'GET':
        return ok(shownApp(app));
      case 'PATCH':
        app.stack = (call.body as { build_stack: string }).build_stack;
        return ok(shownApp(app));
      case 'DELETE':
        apps.delete(app.name);
        return ok(shownApp(app));
      case 'GET config-vars':
        return ok(app.vars);
      case 'PATCH config-vars':
        return changeVars(app, call.body as Record<string, string | null>);
      case 'GET formation':
        return page(call, app.formation ? [app] : [], shownFormation);
      case 'PATCH formation':
        return scale(
          app,
          (call.body as { updates: { quantity?: number; dyno_size?: { name: string } }[] }).updates[0]!,
        );
      case 'GET addons':
        return page(call, [] as object[], (one) => one);
      case 'GET dynos':
        return page(call, dynos(step(app)), (index) => shownDyno(app, index));
      case 'POST sources': {
        const at = `${server.url}/archives/${nextId()}`;
        return {
          status: 201,
          body: { source_blob: { get_url: `${at}?signature=read`, put_url: `${at}?signature=write` } },
        };
      }
      case 'POST builds':
        return startBuild(app, (call.body as { source_blob: FakeBuild['blob'] }).source_blob);
      case 'GET builds':
        return page(call, app.builds, shown(app));
      case 'GET builds/:id':
        return build ? ok(shown(app)(advance(app, build))) : refused(404, 'not_found', "Couldn't find that build.");
      case 'DELETE builds/:id':
        if (build) Object.assign(build, { status: 'failed', ahead: [] });
        return build ? ok(shown(app)(build)) : refused(404, 'not_found', "Couldn't find that build.");
      case 'GET releases': {
        const newest = app.releases.toReversed().slice(0, 20);
        return {
          status: newest.length < app.releases.length ? 206 : 200,
          body: newest.map((one) => shownRelease(app, one)),
        };
      }
      case 'POST releases':
        return rollback(app, (call.body as { release: string }).release);
      case 'GET releases/:id':
        return release
          ? ok(shownRelease(app, becoming(app, release)))
          : refused(404, 'not_found', "Couldn't find that release.");
      case 'GET releases/:id/config-vars':
        return release ? ok(release.vars) : refused(404, 'not_found', "Couldn't find that release.");
      case 'POST log-sessions': {
        const at = '2026-11-20T12:00:00Z';
        return {
          status: 201,
          body: {
            id: nextId(),
            logplex_url: `${server.url}/logs/${app.name}?tail=false`,
            created_at: at,
            updated_at: at,
          },
        };
      }
      default:
        return refused(404, 'not_found', 'The requested API endpoint was not found.');
    }
  }

  const own = () => [...apps.values()].filter(({ mine }) => mine);
  const shown = (app: FakeApp) => (build: FakeBuild) => shownBuild(app, build, server.url);

  /** A range of a list, and in a header the next one. */
  function page<T>({ headers }: FakeCall, items: readonly T[], show: (item: T) => unknown): FakeAnswer {
    const from = Number(/from=(\d+)/.exec(String(headers['range']))?.[1] ?? 0);
    const to = from + pageSize;
    const more = to < items.length;
    const body = items.slice(from, to).map(show);
    return { status: more ? 206 : 200, body, headers: more ? { 'next-range': `id from=${to}..; max=1000` } : {} };
  }

  function elsewhere({ method, query, bytes, path, headers }: FakeCall, area: string, rest: string): FakeAnswer {
    // Addresses of their own: a token that is sent there has leaked, a content type breaks the signature.
    if (headers.authorization !== undefined)
      return refused(400, 'bad_request', 'Only one way of authorization is allowed.');
    if (area !== 'archives') {
      const lines =
        area === 'output'
          ? ['-----> Building', ` !     Push rejected (${rest})`]
          : ['web.1: starting', 'web.1: Error: crashed'];
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: `${lines.join('\n')}\n` };
    }
    if (method !== 'PUT' || query.get('signature') !== 'write' || headers['content-type'] !== undefined)
      return refused(403, 'forbidden', 'SignatureDoesNotMatch');
    archives.set(path, bytes);
    return { status: 200 };
  }

  function createApp({ body }: FakeCall): FakeAnswer {
    const { name, region = 'us', stack = null } = body as { name: string; region?: string; stack?: string | null };
    if (!/^[a-z][a-z0-9-]{1,28}[a-z0-9]$/.test(name))
      return refused(422, 'invalid_params', 'Name is too long (maximum is 30 characters)');
    if (apps.has(name)) return refused(422, 'invalid_params', `Name ${name} is already taken`);
    return { status: 201, body: shownApp(make(name, true, region, stack)) };
  }

  function make(name: string, mine: boolean, region: string, stack: string | null): FakeApp {
    const app: FakeApp = {
      id: nextId(),
      name,
      mine,
      region,
      stack,
      vars: {},
      builds: [],
      releases: [],
      dyno: { state: 'down', ahead: [] },
    };
    apps.set(name, app);
    release(app, 'Initial release', NOW);
    return app;
  }

  function changeVars(app: FakeApp, changes: Record<string, string | null>): FakeAnswer {
    const merged = Object.entries({ ...app.vars, ...changes }).filter(
      (entry): entry is [string, string] => entry[1] !== null,
    );
    const changed = Object.entries(changes).some(([key, value]) => (app.vars[key] ?? null) !== value);
    app.vars = Object.fromEntries(merged);
    if (changed) release(app, 'Set config vars', NOW);
    return ok(app.vars);
  }

  function startBuild(app: FakeApp, blob: FakeBuild['blob']): FakeAnswer {
    const archive = archives.get(new URL(blob.url).pathname);
    const checksum = `SHA256:${createHash('sha256')
      .update(archive ?? '')
      .digest('hex')}`;
    if (!archive || (blob.checksum && blob.checksum !== checksum))
      return refused(422, 'invalid_params', 'The source blob could not be read.');
    const [status, ...ahead] = heroku.rollout.build;
    const build: FakeBuild = {
      id: nextId(),
      status,
      ahead,
      blob,
      at: new Date(1_700_000_000_000 + ids * 1000).toISOString(),
    };
    app.builds.push(build);
    return { status: 201, body: shown(app)(build) };
  }

  function advance(app: FakeApp, build: FakeBuild): FakeBuild {
    build.status = build.ahead.shift() ?? build.status;
    if (build.status !== 'succeeded' || build.release) return build;
    build.release = release(app, `Deploy ${build.blob.version}`, heroku.rollout.release, build.id).id;
    return build;
  }

  function release(
    app: FakeApp,
    description: string,
    words: Rollout['release'],
    code = app.releases.findLast(({ current }) => current)?.code,
  ): FakeRelease {
    const [status, ...ahead] = words;
    const version = app.releases.length + 1;
    const made: FakeRelease = {
      id: nextId(),
      version,
      description,
      status,
      ahead,
      vars: { ...app.vars },
      current: false,
      ...(code ? { code } : {}),
    };
    app.releases.push(made);
    if (status === 'succeeded') runs(app, made);
    return made;
  }

  function becoming(app: FakeApp, one: FakeRelease): FakeRelease {
    const next = one.ahead.shift();
    if (next !== undefined) one.status = next;
    if (next === 'succeeded') runs(app, one);
    return one;
  }

  function runs(app: FakeApp, one: FakeRelease): void {
    for (const other of app.releases) other.current = other === one;
    if (!one.code) return;
    app.formation ??= { quantity: 1, size: 'Basic' };
    // What runs already is replaced before anybody can see it gone; a code or a variable is proven by its dynos.
    const [state, ...ahead] = heroku.rollout.dyno;
    app.dyno = { state, ahead: [...ahead] };
  }

  function rollback(app: FakeApp, id: string): FakeAnswer {
    const earlier = app.releases.find((one) => one.id === id);
    if (!earlier?.code) return refused(422, 'invalid_params', 'Cannot roll back to that release.');
    app.vars = { ...earlier.vars };
    const made = release(app, `Rollback to v${earlier.version}`, LIVE.release, earlier.code);
    return { status: 201, body: shownRelease(app, made) };
  }

  function scale(
    app: FakeApp,
    { quantity, dyno_size: size }: { quantity?: number; dyno_size?: { name: string } },
  ): FakeAnswer {
    if (!app.formation) return refused(404, 'not_found', "Couldn't find that process type (web).");
    Object.assign(app.formation, quantity === undefined ? {} : { quantity }, size ? { size: size.name } : {});
    return ok([shownFormation(app)]);
  }

  function step(app: FakeApp): FakeApp {
    app.dyno.state = app.dyno.ahead.shift() ?? app.dyno.state;
    return app;
  }

  authorize({ description: 'made by a person', scope: ['global'] }, TOKEN);
  const server = await startFakeServer({ answer });
  const heroku: FakeHeroku = Object.assign(server, {
    rollout: LIVE,
    apps,
    authorizations,
    showsTokens: true,
    archives,
    plant(name: string, mine = true) {
      const app = make(name, mine, 'us', null);
      app.vars = { THEIRS: 'value' };
      const blob = { url: `${server.url}/archives/theirs`, version: 'a'.repeat(40) };
      const build: FakeBuild = { id: nextId(), status: 'succeeded', ahead: [], blob, at: '2023-11-01T12:00:00.000Z' };
      app.builds.push(build);
      build.release = release(app, 'Deploy aaaaaaaa', NOW, build.id).id;
      return app;
    },
    tamper: (app: string, quantity: number) => void (apps.get(app)!.formation!.quantity = quantity),
  });
  return heroku;
}

function ok(body: unknown): FakeAnswer {
  return { status: 200, body };
}

function dynos({ formation }: FakeApp): number[] {
  return Array.from({ length: formation?.quantity ?? 0 }, (_, index) => index + 1);
}

function refused(status: number, id: string, message: string): FakeAnswer {
  return { status, body: { id, message } };
}
