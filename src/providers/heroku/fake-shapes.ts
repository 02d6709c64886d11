/** What the fake holds, and how it stands in Heroku's schema. */

export interface FakeApp {
  id: string;
  name: string;
  mine: boolean;
  region: string;
  stack: string | null;
  vars: Record<string, string>;
  builds: FakeBuild[];
  releases: FakeRelease[];
  formation?: { quantity: number; size: string };
  /** The state of all web dynos, and the words still to come. */
  dyno: { state: string; ahead: string[] };
}

export interface FakeBuild {
  id: string;
  status: string;
  ahead: string[];
  blob: { url: string; version: string; checksum?: string };
  release?: string;
  at: string;
}

export interface FakeRelease {
  id: string;
  version: number;
  description: string;
  status: string;
  ahead: string[];
  vars: Record<string, string>;
  /** The build whose code it runs. */
  code?: string;
  current: boolean;
}

export interface FakeAuthorization {
  id: string;
  description: string;
  scope: string[];
}

const AT = '2026-11-20T12:00:00Z';
const USER = { id: '01234567-89ab-4cde-8f01-23456789abcd', email: 'someone@example.com' };
const idOf = (name: string) =>
  `${Buffer.from(name).toString('hex').padEnd(8, '0').slice(0, 8)}-89ab-4cde-8f01-23456789abcd`;

/** `token`: null where it is not shown. */
export function shownAuthorization({ id, description, scope }: FakeAuthorization, token: string | null): object {
  return {
    access_token: token === null ? null : { id, token, expires_in: null },
    client: null,
    created_at: AT,
    description,
    grant: null,
    id,
    refresh_token: null,
    scope,
    session: null,
    updated_at: AT,
    user: { ...USER, full_name: 'Someone' },
  };
}

export function shownApp({ id, name, region, stack }: FakeApp): object {
  const chosen = { id: idOf(stack ?? 'heroku-24'), name: stack ?? 'heroku-24' };
  return {
    acm: false,
    archived_at: null,
    buildpack_provided_description: null,
    build_stack: chosen,
    created_at: AT,
    git_url: `https://git.heroku.com/${name}.git`,
    id,
    maintenance: false,
    name,
    owner: USER,
    region: { id: idOf(region), name: region },
    organization: null,
    team: null,
    space: null,
    released_at: AT,
    repo_size: 0,
    slug_size: 0,
    stack: chosen,
    updated_at: AT,
    web_url: `https://${name}-0123456789ab.herokuapp.com/`,
  };
}

export function shownBuild(app: FakeApp, { id, status, blob, release, at }: FakeBuild, url: string): object {
  const { version, url: from, checksum = null } = blob;
  return {
    app: { id: app.id },
    buildpacks: null,
    created_at: at,
    id,
    output_stream_url: `${url}/output/${id}`,
    source_blob: { checksum, url: from, version, version_description: null },
    release: release ? { id: release } : null,
    slug: null,
    stack: 'heroku-24',
    status,
    updated_at: at,
    user: USER,
  };
}

export function shownRelease(app: FakeApp, { id, version, description, status, current, code }: FakeRelease): object {
  return {
    addon_plan_names: [],
    app: { name: app.name, id: app.id },
    created_at: AT,
    current,
    description,
    eligible_for_rollback: status === 'succeeded' && code !== undefined,
    id,
    output_stream_url: null,
    slug: null,
    status,
    updated_at: AT,
    user: USER,
    version,
  };
}

export function shownFormation({ id, name, formation }: FakeApp): object {
  const { quantity = 0, size = 'Basic' } = formation ?? {};
  return {
    app: { name, id },
    command: 'node main.js',
    created_at: AT,
    dyno_size: { id: idOf(size), name: size },
    id: idOf(name),
    quantity,
    size,
    type: 'web',
    updated_at: AT,
  };
}

export function shownDyno({ id, name, releases, dyno, formation }: FakeApp, index: number): object {
  const { id: release = '', version = 0 } = releases.find(({ current }) => current) ?? {};
  return {
    app: { name, id },
    attach_url: null,
    command: 'node main.js',
    created_at: AT,
    id: idOf(`web.${index}`),
    name: `web.${index}`,
    release: { id: release, version },
    size: formation?.size ?? 'Basic',
    state: dyno.state,
    type: 'web',
    updated_at: AT,
  };
}
