import { startFakeServer, type FakeAnswer, type FakeCall, type FakeServer } from '../../provider-kit/fake-server.ts';

/** Cloudflare as far as the provider asks it: Workers with assets, their domains, and DNS. Stateful, with its envelopes. */
export interface FakeCloudflare extends FakeServer {
  /** Content that is sent from now on is refused. */
  refuses: boolean;
  readonly scripts: Map<string, StoredScript>;
  readonly records: StoredRecord[];
  readonly attached: StoredDomain[];
  /** Zones; besides, every name without a dot is one. */
  readonly zones: Set<string>;
  /** A Worker, or a version of one, that somebody deployed by hand. */
  deployByHand(name: string): void;
}

export interface StoredScript {
  /** Newest first. */
  deployments: string[];
  versions: Map<string, StoredVersion>;
  isPublic: boolean;
  /** Hashes of the assets that are there. */
  blobs: Map<string, StoredFile>;
}

export interface StoredVersion {
  bindings: { type: string; name: string; text?: string }[];
  modules: StoredFile[];
  assets?: { manifest: Record<string, string>; config: Record<string, string> };
}

export interface StoredFile {
  name: string;
  type: string;
  text: string;
}

export interface StoredRecord {
  id: string;
  zone: string;
  type: string;
  name: string;
  content: string;
  ttl: number;
  priority?: number;
  comment?: string;
}

interface StoredDomain {
  id: string;
  hostname: string;
  service: string;
}

interface Session {
  script: string;
  manifest: Record<string, { hash: string }>;
}

interface Batch {
  deletes?: { id: string }[];
  patches?: (Partial<StoredRecord> & { id: string })[];
  posts?: StoredRecord[];
}

interface Metadata {
  main_module: string;
  bindings: StoredVersion['bindings'];
  assets?: { jwt: string; config: Record<string, string> };
}

export interface CloudflareOptions {
  token: string;
  accounts?: string[];
  /** Most items of one page. Default 100. */
  pageSize?: number;
}

const DATE = '2026-11-20T12:00:00Z';
const KEPT = { proxiable: true, created_on: DATE, modified_on: DATE };
/** Hashes of one group of an upload. */
const BUCKET = 2;

export async function startCloudflare(options: CloudflareOptions): Promise<FakeCloudflare> {
  const { token, accounts = ['0a1b'], pageSize = 100 } = options;
  const scripts = new Map<string, StoredScript>();
  const records: StoredRecord[] = [];
  const attached: StoredDomain[] = [];
  const zones = new Set<string>(['acme.dev']);
  const sessions = new Map<string, Session>();
  let ids = 0;
  const nextId = (): string => `00000000-0000-4000-8000-${(ids += 1).toString(16).padStart(12, '0')}`;
  const hexId = (): string => nextId().replaceAll('-', '');

  const routes: [method: string, path: RegExp, route: (call: FakeCall, parts: string[]) => FakeAnswer][] = [
    ['GET', /^\/accounts$/, () => ok(accounts.map((id) => ({ id, name: `account ${id}`, type: 'standard' })))],
    ['GET', /\/workers\/scripts$/, () => ok([...scripts.keys()].map((id) => ({ id })))],
    ['GET', /\/workers\/subdomain$/, () => ok({ subdomain: 'acme' })],
    ['GET', /\/workers\/domains$/, ({ query }) => ok(attached.filter((one) => matches(one, query)))],
    ['PUT', /\/workers\/domains$/, ({ body }) => attach(body as StoredDomain)],
    ['DELETE', /\/workers\/domains\/([^/]+)$/, (_, [id]) => take(attached, ({ id: at }) => at === id)],
    ['POST', /\/workers\/assets\/upload$/, receive],
    ['PUT', /\/workers\/scripts\/([^/]+)$/, (call, [name = '']) => upload(name, call)],
    ['DELETE', /\/workers\/scripts\/([^/]+)$/, (_, [name = '']) => (scripts.delete(name) ? ok(null) : noScript())],
    ['POST', /\/workers\/scripts\/([^/]+)\/assets-upload-session$/, ({ body }, [name = '']) => open(name, body)],
    ['GET', /\/workers\/scripts\/([^/]+)\/deployments$/, (_, [name]) => withScript(name, (it) => ok(deployments(it)))],
    [
      'POST',
      /\/workers\/scripts\/([^/]+)\/deployments$/,
      ({ body }, [name]) => withScript(name, (it) => deploy(it, body)),
    ],
    [
      'GET',
      /\/workers\/scripts\/([^/]+)\/versions\/([^/]+)$/,
      (_, [name, id = '']) => withScript(name, (it) => version(it, id)),
    ],
    ['GET', /\/workers\/scripts\/([^/]+)\/subdomain$/, (_, [name]) => withScript(name, (it) => ok(reach(it)))],
    [
      'POST',
      /\/workers\/scripts\/([^/]+)\/subdomain$/,
      ({ body }, [name]) => withScript(name, (it) => publish(it, body)),
    ],
    ['GET', /^\/zones$/, ({ query }) => ok(zonesNamed(query.get('name') ?? ''))],
    ['GET', /^\/zones\/([^/]+)\/dns_records$/, ({ query }, [zone = '']) => list(zone, query)],
    ['POST', /^\/zones\/([^/]+)\/dns_records\/batch$/, ({ body }, [zone = '']) => batch(zone, body as Batch)],
  ];

  function answer(call: FakeCall): FakeAnswer {
    const at = call.path.replace(/^\/client\/v4/, '');
    const bearer = call.headers.authorization?.replace('Bearer ', '') ?? '';
    const known = at.endsWith('/assets/upload') ? sessions.has(bearer) : bearer === token;
    if (!known) return refuse(403, 10000, 'Authentication error');
    for (const [method, path, route] of routes) {
      const match = method === call.method ? path.exec(at) : null;
      if (match) return route(call, match.slice(1));
    }
    return refuse(404, 7003, `Could not route to ${at}, perhaps your object identifier is invalid?`);
  }

  function withScript(name: string | undefined, then: (script: StoredScript) => FakeAnswer): FakeAnswer {
    const script = scripts.get(name ?? '');
    return script ? then(script) : noScript();
  }

  function scriptOf(name: string): StoredScript {
    const made: StoredScript = { deployments: [], versions: new Map(), isPublic: false, blobs: new Map() };
    return scripts.get(name) ?? made;
  }

  /** Files by script, before there is one: an upload begins before the Worker is made. */
  const early = new Map<string, Map<string, StoredFile>>();
  const blobsOf = (name: string): Map<string, StoredFile> => {
    const blobs = early.get(name) ?? new Map<string, StoredFile>();
    early.set(name, blobs);
    return blobs;
  };

  function open(script: string, body: unknown): FakeAnswer {
    const { manifest } = body as Session;
    const jwt = `session.${nextId()}`;
    sessions.set(jwt, { script, manifest });
    const missing = missingOf({ script, manifest });
    const buckets: string[][] = [];
    for (let from = 0; from < missing.length; from += BUCKET) buckets.push(missing.slice(from, from + BUCKET));
    return ok({ jwt, buckets });
  }

  function missingOf({ script, manifest }: Session): string[] {
    const hashes = new Set(Object.values(manifest).map(({ hash }) => hash));
    return [...hashes].filter((hash) => !blobsOf(script).has(hash));
  }

  function receive(call: FakeCall): FakeAnswer {
    const jwt = call.headers.authorization?.replace('Bearer ', '') ?? '';
    const session = sessions.get(jwt) as Session;
    for (const file of multipart(call))
      blobsOf(session.script).set(file.name, { ...file, text: Buffer.from(file.text, 'base64').toString('latin1') });
    const isWhole = missingOf(session).length === 0;
    return isWhole ? { ...ok({ jwt }), status: 201 } : { ...ok({}), status: 202 };
  }

  function upload(name: string, call: FakeCall): FakeAnswer {
    const [first, ...modules] = multipart(call);
    const { main_module, bindings, assets } = JSON.parse(first?.text ?? '{}') as Metadata;
    if (fake.refuses || modules.every((module) => module.name !== main_module))
      return refuse(400, 10021, 'Uncaught SyntaxError: Unexpected end of input\n  at worker.js:1:5');
    const session = assets && sessions.get(assets.jwt);
    if (assets && (!session || missingOf(session).length > 0)) return refuse(400, 100324, 'assets are missing');
    const script = scriptOf(name);
    scripts.set(name, script);
    script.blobs = blobsOf(name);
    const id = nextId();
    const manifest = Object.entries(session?.manifest ?? {}).map(([path, { hash }]) => [path, hash]);
    const held = assets ? { assets: { manifest: Object.fromEntries(manifest), config: assets.config } } : {};
    script.versions.set(id, { bindings, modules, ...held });
    script.deployments.unshift(id);
    return ok({ id: name, startup_time_ms: 3 });
  }

  function deployments({ deployments }: StoredScript): object {
    const versions = deployments.map((version_id) => ({
      id: version_id,
      source: 'api',
      strategy: 'percentage',
      author_email: 'ops@acme.dev',
      created_on: DATE,
      versions: [{ version_id, percentage: 100 }],
    }));
    return { deployments: versions };
  }

  function deploy(script: StoredScript, body: unknown): FakeAnswer {
    const { versions } = body as { versions: { version_id: string }[] };
    const id = versions[0]?.version_id ?? '';
    if (!script.versions.has(id)) return refuse(404, 10205, 'This version does not exist');
    script.deployments.unshift(id);
    return ok({ id, strategy: 'percentage', versions: [{ version_id: id, percentage: 100 }] });
  }

  /** Secrets come back without their text. */
  function version({ versions }: StoredScript, id: string): FakeAnswer {
    const found = versions.get(id);
    if (!found) return refuse(404, 10205, 'This version does not exist');
    const bindings = found.bindings.map(({ text, ...binding }) =>
      text === undefined || binding.type === 'secret_text' ? binding : { ...binding, text },
    );
    return ok({ id, number: 1, metadata: {}, resources: { bindings } });
  }

  const reach = ({ isPublic }: StoredScript): object => ({ enabled: isPublic, previews_enabled: false });

  function publish(script: StoredScript, body: unknown): FakeAnswer {
    script.isPublic = (body as { enabled: boolean }).enabled;
    return ok(reach(script));
  }

  function attach({ hostname, service }: StoredDomain): FakeAnswer {
    const domain = { id: hexId(), hostname, service };
    attached.push(domain);
    return ok(domain);
  }

  function zonesNamed(name: string): object[] {
    if (!zones.has(name) && name.includes('.')) return [];
    return [
      {
        id: `zone-${name}`,
        name,
        account: { id: '0a1b', name: 'acme' },
        activated_on: DATE,
        created_on: DATE,
        modified_on: DATE,
        development_mode: 0,
        meta: {},
        name_servers: ['ada.ns.cloudflare.com'],
        original_dnshost: '',
        original_name_servers: [],
        original_registrar: '',
        owner: {},
      },
    ];
  }

  function list(zone: string, query: URLSearchParams): FakeAnswer {
    const [text, name] = [query.get('comment.contains'), query.get('name')];
    const found = records.filter(
      (record) =>
        record.zone === zone &&
        (text === null || record.comment?.includes(text)) &&
        (name === null || record.name === name),
    );
    const size = Math.min(Number(query.get('per_page') ?? 100), pageSize);
    const page = Number(query.get('page') ?? 1);
    const items = found.slice((page - 1) * size, page * size).map((record) => shown(record));
    const result_info = { page, per_page: size, count: items.length, total_count: found.length };
    return { status: 200, body: { success: true, errors: [], messages: [], result: items, result_info } };
  }

  /** One transaction: deletes, patches, posts. */
  function batch(zone: string, { deletes = [], patches = [], posts = [] }: Batch): FakeAnswer {
    if (fake.refuses) return refuse(400, 9007, 'Content for CNAME record is invalid.');
    for (const { id } of deletes) take(records, (record) => record.id === id);
    for (const patch of patches) Object.assign(records.find(({ id }) => id === patch.id) ?? {}, patch);
    for (const post of posts) {
      const clash = records.some((one) => one.zone === zone && one.name === post.name && one.type === 'CNAME');
      if (clash && post.type === 'CNAME') return refuse(400, 81053, 'A CNAME record with that host already exists.');
    }
    // TXT is kept in the quotes of a zone file.
    const made = posts.map((post) => {
      const content = post.type === 'TXT' ? `"${post.content}"` : post.content;
      return { ...post, content, id: hexId(), zone };
    });
    records.push(...made);
    return ok({ deletes, patches, posts: made, puts: [] });
  }

  const server = await startFakeServer({ answer });
  const fake: FakeCloudflare = Object.assign(server, {
    refuses: false,
    scripts,
    records,
    attached,
    zones,
    deployByHand(name: string) {
      const script = scriptOf(name);
      scripts.set(name, script);
      const id = nextId();
      script.versions.set(id, { bindings: [], modules: [] });
      script.deployments.unshift(id);
    },
  });
  return fake;
}

function shown(stored: StoredRecord): object {
  const { zone: _, ...record } = stored;
  return { ...record, ...KEPT };
}

function matches(domain: StoredDomain, query: URLSearchParams): boolean {
  const [service, hostname] = [query.get('service'), query.get('hostname')];
  return (service === null || domain.service === service) && (hostname === null || domain.hostname === hostname);
}

function take<T>(list: T[], is: (item: T) => boolean): FakeAnswer {
  const index = list.findIndex(is);
  if (index < 0) return refuse(404, 10007, 'not found');
  list.splice(index, 1);
  return ok(null);
}

/** Parts of a form, in order. */
function multipart({ headers, bytes }: FakeCall): StoredFile[] {
  const boundary = /boundary=([^;]+)/.exec(headers['content-type'] ?? '')?.[1] ?? '';
  const parts = bytes.toString('latin1').split(`--${boundary}`).slice(1, -1);
  return parts.map((part) => {
    const end = part.indexOf('\r\n\r\n');
    const head = part.slice(0, end);
    return {
      name: / name="([^"]*)"/.exec(head)?.[1] ?? '',
      type: /content-type: *(\S+)/i.exec(head)?.[1] ?? '',
      text: part.slice(end + 4, -2),
    };
  });
}

function ok(result: unknown): FakeAnswer {
  return { status: 200, body: { success: true, errors: [], messages: [], result } };
}

function noScript(): FakeAnswer {
  return refuse(404, 10007, 'This Worker does not exist on your account.');
}

function refuse(status: number, code: number, message: string): FakeAnswer {
  return { status, body: { success: false, errors: [{ code, message }], messages: [], result: null } };
}
