import { createHash } from 'node:crypto';
import { startFakeServer, type FakeAnswer, type FakeCall, type FakeServer } from '../../provider-kit/fake-server.ts';

/** Netlify as far as the provider asks it: stateful, with its words, pages, error bodies and habits. */
export interface FakeNetlify extends FakeServer {
  /** Words of deploys that start from now on, after their files are there; the last one stays. */
  rollout: readonly [string, ...string[]];
  readonly sites: ReadonlyMap<string, StoredSite>;
  /** A deploy that somebody made in the web interface, published at once. */
  deployByHand(name: string): void;
}

export interface StoredSite {
  id: string;
  name: string;
  custom_domain?: string;
  domain_aliases: string[];
  build_settings: { repo_url?: string; stop_builds?: boolean };
  /** SHA-1 of every file that was ever sent. */
  blobs: Set<string>;
  /** Newest last. */
  deploys: StoredDeploy[];
  metadata?: Record<string, unknown>;
  published: StoredDeploy | null;
}

export interface StoredDeploy {
  id: string;
  state: string;
  title: string;
  files: Record<string, string>;
  locked: boolean;
  error_message?: string;
  /** Words to come. */
  ahead: string[];
}

export interface NetlifyOptions {
  token: string;
  /** Slugs of the teams that the token belongs to. */
  teams?: string[];
  /** Most items of one page. Default 100. */
  pageSize?: number;
}

const TITLE_BY_HAND = 'Deployed in the web interface';

export async function startNetlify({
  token,
  teams = ['acme-team'],
  pageSize = 100,
}: NetlifyOptions): Promise<FakeNetlify> {
  const sites = new Map<string, StoredSite>();
  let ids = 0;
  const nextId = (): string => (ids += 1).toString(16).padStart(24, '0');

  type Route = (call: FakeCall, parts: string[]) => FakeAnswer;
  const routes: [method: string, path: RegExp, route: Route][] = [
    [
      'GET',
      /^\/accounts$/,
      () => {
        const capabilities = { sites: { included: 100, used: sites.size } };
        return ok(teams.map((slug) => ({ id: slug, slug, name: slug, capabilities })));
      },
    ],
    ['GET', /^\/([^/]+)\/sites$/, list],
    ['POST', /^\/([^/]+)\/sites$/, create],
    ['GET', /^\/sites\/([^/]+)$/, (_, [id]) => withSite(id, (site) => ok(shown(site)))],
    ['PATCH', /^\/sites\/([^/]+)$/, (call, [id]) => withSite(id, (site) => change(site, call))],
    ['GET', /^\/accounts\/([^/]+)\/env$/, () => ok([])],
    ['GET', /^\/sites\/([^/]+)\/metadata$/, (_, [id]) => withSite(id, ({ metadata = {} }) => ok(metadata))],
    [
      'PUT',
      /^\/sites\/([^/]+)\/metadata$/,
      ({ body }, [id]) => withSite(id, (site) => (Object.assign(site, { metadata: body }), { status: 204 })),
    ],
    ['DELETE', /^\/sites\/([^/]+)$/, (_, [id = '']) => (sites.delete(id) ? { status: 204 } : notFound())],
    [
      'GET',
      /^\/sites\/([^/]+)\/deploys$/,
      (_, [id]) => withSite(id, (site) => ok(site.deploys.toReversed().map((made) => bare(made, site)))),
    ],
    ['POST', /^\/sites\/([^/]+)\/deploys$/, (call, [id]) => withSite(id, (site) => deploy(site, call))],
    [
      'GET',
      /^\/sites\/([^/]+)\/deploys\/([^/]+)$/,
      (_, [id, at]) => withDeploy(at, (it, site) => ok(bare(advance(it, site), site)), id),
    ],
    ['POST', /^\/sites\/([^/]+)\/deploys\/([^/]+)\/restore$/, (_, [id, at]) => withDeploy(at, restore, id)],
    [
      'PUT',
      /^\/deploys\/([^/]+)\/files(\/.+)$/,
      (call, [at, path = '']) => withDeploy(at, (it, site) => receive(it, site, path, call)),
    ],
    [
      'POST',
      /^\/deploys\/([^/]+)\/cancel$/,
      (_, [at]) =>
        withDeploy(at, (it, site) => {
          Object.assign(it, { state: 'error', error_message: 'Canceled', ahead: [] });
          return { status: 201, body: bare(it, site) };
        }),
    ],
  ];

  function answer(call: FakeCall): FakeAnswer {
    if (call.headers.authorization !== `Bearer ${token}`)
      return { status: 401, body: { code: 401, message: 'Access Denied: Origin is not allowed' } };
    const at = call.path.replace(/^\/api\/v1/, '');
    for (const [method, path, route] of routes) {
      const match = method === call.method ? path.exec(at) : null;
      if (match) return route(call, match.slice(1));
    }
    return notFound();
  }

  const withSite = (id: string | undefined, then: (site: StoredSite) => FakeAnswer): FakeAnswer => {
    const site = sites.get(id ?? '');
    return site ? then(site) : notFound();
  };
  const withDeploy = (
    id: string | undefined,
    then: (deploy: StoredDeploy, site: StoredSite) => FakeAnswer,
    of?: string,
  ): FakeAnswer => {
    for (const site of sites.values())
      for (const found of site.deploys) if (found.id === id && (of ?? site.id) === site.id) return then(found, site);
    return notFound();
  };

  /** `name` matches a part of it, and pages are told by a `link` header. */
  function list({ query, path }: FakeCall, [slug = '']: string[]): FakeAnswer {
    if (!teams.includes(slug)) return notFound();
    const size = Math.min(Number(query.get('per_page') ?? 100), pageSize);
    const page = Number(query.get('page') ?? 1);
    const all = [...sites.values()].filter(({ name }) => name.includes(query.get('name') ?? ''));
    const items = all.slice((page - 1) * size, page * size).map(shown);
    if (page * size >= all.length) return ok(items);
    const next = new URLSearchParams(query);
    next.set('page', String(page + 1));
    return { ...ok(items), headers: { link: `<https://api.netlify.com${path}?${next}>; rel="next"` } };
  }

  function create({ body }: FakeCall): FakeAnswer {
    const { name } = body as { name: string };
    const isTaken = [...sites.values()].some((site) => site.name === name);
    if (isTaken) return { status: 422, body: { errors: { subdomain: ['must be unique'] } } };
    const site: StoredSite = {
      id: nextId(),
      name,
      domain_aliases: [],
      build_settings: {},
      blobs: new Set(),
      deploys: [],
      published: null,
    };
    sites.set(site.id, site);
    return { status: 201, body: shown(site) };
  }

  function change(site: StoredSite, { body }: FakeCall): FakeAnswer {
    const { build_settings = {}, ...rest } = body as Partial<StoredSite>;
    Object.assign(site, rest);
    Object.assign(site.build_settings, build_settings);
    return ok(shown(site));
  }

  function deploy(site: StoredSite, { query, body }: FakeCall): FakeAnswer {
    const { files, async } = body as { files: Record<string, string>; async: boolean };
    const title = query.get('title') ?? '';
    const made: StoredDeploy = {
      id: nextId(),
      state: 'uploading',
      title,
      files,
      locked: false,
      ahead: [...fake.rollout],
    };
    site.deploys.push(made);
    if (async) Object.assign(made, { state: 'preparing', ahead: ['prepared', ...made.ahead] });
    else if (missing(made, site).length === 0) made.state = 'uploaded';
    return ok(bare(made, site));
  }

  function receive(made: StoredDeploy, site: StoredSite, path: string, { bytes }: FakeCall): FakeAnswer {
    const sha = createHash('sha1').update(bytes).digest('hex');
    if (made.files[path] !== sha)
      return { status: 422, body: { code: 422, message: `no ${path} with ${sha} in the deploy` } };
    site.blobs.add(sha);
    if (missing(made, site).length === 0 && ['prepared', 'uploading'].includes(made.state))
      enter(made, site, 'uploaded');
    return ok({ id: path, path, sha, mime_type: 'text/html', size: bytes.length });
  }

  function restore(made: StoredDeploy, site: StoredSite): FakeAnswer {
    if (made.state !== 'ready') return { status: 422, body: { code: 422, message: 'the deploy is not ready' } };
    site.published = made;
    return { status: 201, body: bare(made, site) };
  }

  const missing = ({ files }: StoredDeploy, { blobs }: StoredSite): string[] =>
    [...new Set(Object.values(files))].filter((sha) => !blobs.has(sha));

  /** Being asked moves it on by one word, once nothing is missing. */
  function advance(made: StoredDeploy, site: StoredSite): StoredDeploy {
    if (missing(made, site).length > 0 && made.state !== 'preparing') return made;
    const next = made.ahead.shift();
    if (next !== undefined) enter(made, site, next);
    return made;
  }

  function enter(made: StoredDeploy, site: StoredSite, state: string): void {
    made.state = state;
    if (state === 'error') made.error_message = 'Failed during stage post-processing:\nheaders file could not be read';
    // A locked site keeps what it serves.
    if (state === 'ready' && !site.published?.locked) site.published = made;
  }

  function shown(stored: StoredSite): object {
    const { deploys: _, blobs: _blobs, metadata: _metadata, published, ...site } = stored;
    return {
      ...site,
      state: 'current',
      ssl_url: `https://${site.name}.netlify.app`,
      published_deploy: published ? bare(published, stored) : undefined,
    };
  }

  /** While it compares, nothing is said to be missing yet. */
  function bare(made: StoredDeploy, site: StoredSite): object {
    const { ahead: _, files: _files, ...deploy } = made;
    return { ...deploy, required: made.state === 'preparing' ? [] : missing(made, site) };
  }

  const server = await startFakeServer({ answer });
  const fake: FakeNetlify = Object.assign(server, {
    rollout: ['processing', 'processed', 'ready'] as FakeNetlify['rollout'],
    sites,
    deployByHand(name: string) {
      const site = [...sites.values()].find((one) => one.name === name) as StoredSite;
      site.deploys.push({ id: nextId(), state: 'ready', title: TITLE_BY_HAND, files: {}, locked: false, ahead: [] });
      site.published = site.deploys.at(-1) as StoredDeploy;
    },
  });
  return fake;
}

function ok(body: unknown): FakeAnswer {
  return { status: 200, body };
}

function notFound(): FakeAnswer {
  return { status: 404, body: { code: 404, message: 'Not Found' } };
}
