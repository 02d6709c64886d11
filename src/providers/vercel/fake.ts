import { createHash, randomBytes } from 'node:crypto';
import { startFakeServer, type FakeAnswer, type FakeCall, type FakeServer } from '../../provider-kit/fake-server.ts';

/** Vercel as far as the provider asks it: stateful, with its words, pages, error bodies and habits. */
export interface FakeVercel extends FakeServer {
  /** Words of deployments that start from now on; the last one stays. */
  rollout: readonly [string, ...string[]];
  readonly projects: ReadonlyMap<string, StoredProject>;
  /** Those that are good, by value. */
  readonly tokens: ReadonlyMap<string, StoredToken>;
  /** A deployment that somebody made with Vercel's own tool, serving at once. */
  deployByHand(name: string): void;
}

export interface StoredProject {
  id: string;
  name: string;
  link?: { type: string; org: string; repo: string };
  commandForIgnoringBuildStep?: string;
  /** Deployments are staged instead of served. */
  staged: boolean;
  env: Map<string, { id: string; key: string; value: string; type: string; target: string[]; comment?: string }>;
  domains: string[];
  deployments: StoredDeployment[];
  production: StoredDeployment | null;
  /** To be served from the next look at the project on. */
  assigning: StoredDeployment | null;
}

export interface StoredDeployment {
  uid: string;
  readyState: string;
  readySubstate?: 'STAGED' | 'PROMOTED';
  meta: Record<string, string>;
  files: string[];
  log: string[];
  ahead: string[];
  created: number;
}

export interface StoredToken {
  id: string;
  name: string;
  scopes: { type: 'user' | 'team'; teamId?: string; createdAt: number }[];
}

export interface VercelOptions {
  /** A person's, for all that the user may do. */
  token: string;
  /** Most items of one page. Default 100. */
  pageSize?: number;
}

interface SentDeployment {
  project: string;
  meta: Record<string, string>;
  files: { file: string; sha: string }[];
}

/** Those that the specification has; a deployment with another one is known by its id, `dpl_new_…`. */
const WORDS = new Set(['QUEUED', 'INITIALIZING', 'BUILDING', 'READY', 'ERROR', 'CANCELED']);

const CREATOR = { uid: 'user-1', username: 'acme', email: 'ops@acme.dev' };
const RESOURCES = { functionDefaultRegions: ['iad1'] };

export async function startVercel({ token, pageSize = 100 }: VercelOptions): Promise<FakeVercel> {
  const projects = new Map<string, StoredProject>();
  const blobs = new Set<string>();
  const tokens = new Map<string, StoredToken>();
  let ids = 0;
  const nextId = (prefix: string): string => `${prefix}_${(ids += 1).toString(36).padStart(12, '0')}`;

  const routes: [method: string, path: RegExp, route: (call: FakeCall, parts: string[]) => FakeAnswer][] = [
    ['GET', /^\/v10\/projects$/, list],
    ['POST', /^\/v11\/projects$/, create],
    ['GET', /^\/v9\/projects\/([^/]+)$/, (_, [id]) => withProject(id, (project) => ok(shown(assigned(project))))],
    [
      'PATCH',
      /^\/v9\/projects\/([^/]+)$/,
      ({ body }, [id]) => withProject(id, (it) => ok(shown(Object.assign(it, body)))),
    ],
    [
      'DELETE',
      /^\/v9\/projects\/([^/]+)$/,
      (_, [id]) => withProject(id, (it) => (projects.delete(it.id), { status: 204 })),
    ],
    [
      'GET',
      /^\/v9\/projects\/([^/]+)\/domains$/,
      (_, [id]) =>
        withProject(id, (it) =>
          ok(
            page(
              it.domains.map((name) => domain(it, name)),
              'domains',
            ),
          ),
        ),
    ],
    [
      'POST',
      /^\/v10\/projects\/([^/]+)\/domains$/,
      ({ body }, [id]) => withProject(id, (it) => addDomain(it, (body as { name: string }).name)),
    ],
    [
      'DELETE',
      /^\/v9\/projects\/([^/]+)\/domains\/([^/]+)$/,
      (_, [id, name]) => withProject(id, (it) => removeDomain(it, name as string)),
    ],
    [
      'GET',
      /^\/v10\/projects\/([^/]+)\/env$/,
      (_, [id]) => withProject(id, (it) => ok({ envs: [...it.env.values()].map(variable) })),
    ],
    ['POST', /^\/v10\/projects\/([^/]+)\/env$/, ({ body }, [id]) => withProject(id, (it) => setVariables(it, body))],
    [
      'DELETE',
      /^\/v9\/projects\/([^/]+)\/env\/([^/]+)$/,
      (_, [id, at]) => withProject(id, (it) => removeVariable(it, at as string)),
    ],
    [
      'POST',
      /^\/v10\/projects\/([^/]+)\/promote\/([^/]+)$/,
      (_, [id, at]) => withProject(id, (it) => promote(it, at as string)),
    ],
    ['GET', /^\/v5\/user\/tokens$/, () => ok(page([...tokens.values()].map(shownToken), 'tokens'))],
    [
      'GET',
      /^\/v5\/user\/tokens\/([^/]+)$/,
      (call, [id]) => withToken(call, id, ([, one]) => ok({ token: shownToken(one) })),
    ],
    [
      'POST',
      /^\/v3\/user\/tokens$/,
      ({ body, query }) => addToken((body as { name: string }).name, query.get('teamId')),
    ],
    [
      'DELETE',
      /^\/v3\/user\/tokens\/([^/]+)$/,
      (call, [id]) => withToken(call, id, ([value, one]) => (tokens.delete(value), ok({ tokenId: one.id }))),
    ],
    ['POST', /^\/v2\/files$/, receive],
    ['POST', /^\/v13\/deployments$/, (call) => deploy(call.body as SentDeployment)],
    [
      'GET',
      /^\/v6\/deployments$/,
      ({ query }) =>
        withProject(query.get('projectId') ?? '', (it) =>
          ok(
            page(
              it.deployments.toReversed().map((one) => listed(one, it)),
              'deployments',
            ),
          ),
        ),
    ],
    [
      'GET',
      /^\/v13\/deployments\/([^/]+)$/,
      (_, [at]) => withDeployment(at, (one, it) => ok(bare(advance(one, it), it))),
    ],
    [
      'GET',
      /^\/v3\/deployments\/([^/]+)\/events$/,
      ({ query }, [at]) => withDeployment(at, (one) => ok(events(one, Number(query.get('limit'))))),
    ],
  ];

  function answer(call: FakeCall): FakeAnswer {
    if (!tokens.has(valueOf(call))) return { status: 403 };
    for (const [method, path, route] of routes) {
      const match = method === call.method ? path.exec(call.path) : null;
      if (match) return route(call, match.slice(1));
    }
    return refuse(404, 'not_found', 'The requested resource was not found');
  }

  function withProject(idOrName: string | undefined, then: (project: StoredProject) => FakeAnswer): FakeAnswer {
    const found = projects.get(idOrName ?? '') ?? [...projects.values()].find(({ name }) => name === idOrName);
    return found ? then(found) : refuse(404, 'not_found', 'Project not found.');
  }

  function withDeployment(id: string | undefined, then: (one: StoredDeployment, project: StoredProject) => FakeAnswer) {
    for (const project of projects.values())
      for (const one of project.deployments) if (one.uid === id) return then(one, project);
    return refuse(404, 'not_found', 'Deployment not found');
  }

  function withToken(
    call: FakeCall,
    id: string | undefined,
    then: (found: [string, StoredToken]) => FakeAnswer,
  ): FakeAnswer {
    const found = [...tokens].find(([value, one]) => (id === 'current' ? value === valueOf(call) : one.id === id));
    return found ? then(found) : refuse(404, 'not_found', 'Token not found');
  }

  function addToken(name: string, teamId: string | null, value = `vcp_${randomBytes(12).toString('hex')}`): FakeAnswer {
    const createdAt = 1_795_000_000_000 + ids;
    const scope = teamId === null ? { type: 'user' as const } : { type: 'team' as const, teamId };
    const made: StoredToken = { id: nextId('token'), name, scopes: [{ ...scope, createdAt }] };
    tokens.set(value, made);
    return ok({ token: shownToken(made), bearerToken: value });
  }

  function list({ query }: FakeCall): FakeAnswer {
    const size = Math.min(Number(query.get('limit') ?? 20), pageSize);
    const from = Number(query.get('from') ?? 0);
    const all = [...projects.values()];
    const more = from + size < all.length;
    const items = all.slice(from, from + size).map((project) => shown(project));
    return ok({ projects: items, pagination: { count: items.length, next: more ? String(from + size) : null } });
  }

  function create({ body }: FakeCall): FakeAnswer {
    const { name } = body as { name: string };
    if ([...projects.values()].some((project) => project.name === name))
      return refuse(409, 'conflict', `A project with the name "${name}" already exists.`);
    const id = nextId('prj');
    const nothing = { deployments: [], production: null, assigning: null };
    projects.set(id, { id, name, staged: false, env: new Map(), domains: [`${name}.vercel.app`], ...nothing });
    return withProject(id, (project) => ok(shown(project)));
  }

  function addDomain(project: StoredProject, name: string): FakeAnswer {
    project.domains.push(name);
    return ok(domain(project, name));
  }

  function removeDomain(project: StoredProject, name: string): FakeAnswer {
    project.domains = project.domains.filter((other) => other !== name);
    return ok({});
  }

  function setVariables(project: StoredProject, body: unknown): FakeAnswer {
    for (const sent of body as { key: string; value: string; type: string; target: string[]; comment?: string }[])
      project.env.set(sent.key, { ...sent, id: project.env.get(sent.key)?.id ?? nextId('env') });
    return { status: 201, body: { created: [...project.env.values()].map(variable), failed: [] } };
  }

  function removeVariable(project: StoredProject, id: string): FakeAnswer {
    const found = [...project.env.values()].find((one) => one.id === id);
    if (found) project.env.delete(found.key);
    return found ? ok(variable(found)) : refuse(404, 'not_found', 'Environment Variable not found');
  }

  function receive({ headers, bytes }: FakeCall): FakeAnswer {
    const sha = createHash('sha1').update(bytes).digest('hex');
    if (headers['x-vercel-digest'] !== sha) return refuse(400, 'bad_request', 'the digest does not match the content');
    blobs.add(sha);
    return ok({ urls: [] });
  }

  function deploy({ project: id, meta, files }: SentDeployment): FakeAnswer {
    const missing = [...new Set(files.map(({ sha }) => sha))].filter((sha) => !blobs.has(`${id} ${sha}`));
    // What is sent is kept for the project that asks for it, so that each test's projects are sent their files.
    const lacking = missing.filter((sha) => !blobs.delete(sha));
    for (const sha of missing) if (!lacking.includes(sha)) blobs.add(`${id} ${sha}`);
    if (lacking.length > 0)
      return { status: 400, body: { error: { code: 'missing_files', message: 'Missing files', missing: lacking } } };
    return withProject(id, (project) => {
      const [readyState, ...ahead] = fake.rollout;
      const kind = fake.rollout.every((word) => WORDS.has(word)) ? 'dpl' : 'dpl_new';
      const created = 1_795_000_000_000 + ids;
      const log = ['Cloning the files', 'Deploying outputs'];
      const names = files.map(({ file }) => file);
      const one: StoredDeployment = { uid: nextId(kind), readyState, meta, files: names, log, ahead, created };
      project.deployments.push(one);
      return ok(whole(one, project));
    });
  }

  function promote(project: StoredProject, id: string): FakeAnswer {
    const found = project.deployments.find(({ uid }) => uid === id);
    if (found?.readyState !== 'READY') return refuse(409, 'conflict', 'the deployment is not ready');
    project.assigning = found;
    return { status: 201 };
  }

  /** Domains follow a little after a deployment is ready, or promoted. */
  function assigned(project: StoredProject): StoredProject {
    if (!project.assigning) return project;
    project.production = project.assigning;
    project.production.readySubstate = 'PROMOTED';
    project.assigning = null;
    return project;
  }

  function advance(one: StoredDeployment, project: StoredProject): StoredDeployment {
    const next = one.ahead.shift();
    if (next === undefined) return one;
    one.readyState = next;
    if (next === 'ERROR') one.log.push('Error: a file could not be deployed');
    if (next === 'READY' && project.staged) one.readySubstate = 'STAGED';
    if (next === 'READY' && !project.staged) project.assigning = one;
    return one;
  }

  addToken('made by a person', null, token);
  const server = await startFakeServer({ answer });
  const fake: FakeVercel = Object.assign(server, {
    rollout: ['QUEUED', 'INITIALIZING', 'BUILDING', 'READY'] as FakeVercel['rollout'],
    projects,
    tokens,
    deployByHand(name: string) {
      const project = [...projects.values()].find((one) => one.name === name) as StoredProject;
      const base = { uid: nextId('dpl'), readyState: 'READY', meta: {}, files: [], log: [], ahead: [], created: ids };
      project.deployments.push(base);
      project.production = base;
    },
  });
  return fake;
}

const valueOf = ({ headers }: FakeCall): string => (headers.authorization ?? '').replace(/^Bearer /, '');

function shownToken(stored: StoredToken): object {
  const at = stored.scopes[0]?.createdAt;
  return { ...stored, type: 'oauth2-token', origin: 'manual', activeAt: at, createdAt: at };
}

function shown(stored: StoredProject): object {
  const { id, name, link, commandForIgnoringBuildStep, production } = stored;
  return {
    accountId: 'team_acme',
    id,
    name,
    directoryListing: false,
    nodeVersion: '22.x',
    resourceConfig: RESOURCES,
    defaultResourceConfig: RESOURCES,
    ...(link ? { link: { ...link, deployHooks: [], gitCredentialId: 'cred', productionBranch: 'main' } } : {}),
    ...(commandForIgnoringBuildStep ? { commandForIgnoringBuildStep } : {}),
    targets: production ? { production: target(production, stored) } : {},
  };
}

function target({ uid, readyState, meta, created }: StoredDeployment, { name }: StoredProject): object {
  const url = `${name}-${uid.slice(-6)}.vercel.app`;
  return {
    id: uid,
    meta,
    readyState,
    createdAt: created,
    createdIn: 'iad1',
    creator: CREATOR,
    deploymentHostname: url,
    name,
    plan: 'hobby',
    private: false,
    type: 'LAMBDAS',
    url,
    userId: CREATOR.uid,
  };
}

function listed({ uid, readyState, readySubstate, meta, created }: StoredDeployment, { id, name }: StoredProject) {
  return {
    uid,
    name,
    projectId: id,
    url: `${name}-${uid.slice(-6)}.vercel.app`,
    created,
    state: readyState,
    readyState,
    ...(readySubstate ? { readySubstate } : {}),
    type: 'LAMBDAS',
    creator: CREATOR,
    meta,
    target: 'production',
    inspectorUrl: `https://vercel.com/acme/${name}/${uid}`,
  };
}

/** As one who asks for it sees it. */
function bare(one: StoredDeployment, project: StoredProject): object {
  const { uid, readyState, readySubstate, meta, created } = one;
  return {
    id: uid,
    name: project.name,
    url: listed(one, project).url,
    readyState,
    status: readyState,
    ...(readySubstate ? { readySubstate } : {}),
    ...(readyState === 'ERROR' ? { errorCode: 'deploy_error', errorMessage: 'a file could not be deployed' } : {}),
    aliasAssigned: project.production === one,
    meta,
    createdAt: created,
    bootedAt: created,
    buildingAt: created,
    buildSkipped: false,
    creator: { uid: CREATOR.uid, username: CREATOR.username },
    public: false,
    type: 'LAMBDAS',
    regions: ['iad1'],
    version: 2,
  };
}

/** As one who made it sees it. */
function whole(one: StoredDeployment, project: StoredProject): object {
  return {
    ...bare(one, project),
    projectId: project.id,
    build: { env: [] },
    env: [],
    inspectorUrl: `https://vercel.com/acme/${project.name}/${one.uid}`,
    isInConcurrentBuildsQueue: false,
    isInSystemBuildsQueue: false,
    projectSettings: {},
    plan: 'hobby',
    createdIn: 'iad1',
    ownerId: 'team_acme',
    routes: null,
  };
}

function events({ uid, log, created }: StoredDeployment, limit: number): object[] {
  return log
    .toReversed()
    .slice(0, limit)
    .map((text, index) => {
      const at = created + log.length - index;
      return {
        type: 'stdout',
        created: at,
        payload: { deploymentId: uid, id: `${at}`, date: at, serial: `${at}`, text },
      };
    });
}

function domain({ id }: StoredProject, name: string): object {
  const verified = !name.startsWith('unverified.');
  const verification = [{ type: 'TXT', domain: `_vercel.${name}`, value: 'vc-domain-verify=1', reason: 'pending' }];
  const apexName = name.split('.').slice(-2).join('.');
  return { name, apexName, projectId: id, verified, ...(verified ? {} : { verification }) };
}

/** Values of sensitive variables never come back. */
function variable(stored: { value: string; type: string }): object {
  return stored.type === 'plain' ? stored : { ...stored, value: '' };
}

function page(items: unknown[], name: string): object {
  return { [name]: items, pagination: { count: items.length, next: null, prev: null } };
}

function ok(body: unknown): FakeAnswer {
  return { status: 200, body };
}

function refuse(status: number, code: string, message: string): FakeAnswer {
  return { status, body: { error: { code, message } } };
}
