import { canonical } from '../../model/canonical.ts';
import { startFakeServer, type FakeAnswer, type FakeCall, type FakeServer } from '../../provider-kit/fake-server.ts';
import type { Config } from './api.ts';

/** What a machine goes through, one step for each time it is asked about, then the last for good. */
export type Rollout = readonly [Step, ...Step[]];

export interface Step {
  state: string;
  /** Status of the checks. Default `passing`. */
  check?: 'passing' | 'warning' | 'critical';
  /** The process ended with this code. */
  exit?: number;
}

/** Fly.io as far as the handler uses it: apps with global names, machines, leases, versions, addresses. */
export interface FakeFly extends FakeServer {
  /** Of configs that no machine has run before; what ran once runs again. */
  rollout: Rollout;
  readonly apps: ReadonlyMap<string, FakeApp>;
  /** Makes an app with one machine as somebody in `organization` would. */
  plant(app: string, organization?: string): void;
  /** Changes a machine without a new version, as by other tools. */
  tamper(app: string, change: Partial<Config>): void;
  /** Holds a machine for somebody else. */
  hold(app: string): void;
}

export interface FakeApp {
  name: string;
  organization: string;
  machines: Map<string, FakeMachine>;
  addresses: string[];
  /** Times that it is still shown after it was deleted. */
  leaving?: number;
}

export interface FakeMachine {
  id: string;
  name: string;
  region: string;
  config: Config;
  versions: { version: string; user_config: Config }[];
  at: Step;
  ahead: Step[];
  events: { id: string; type: string; status: string; source: string; timestamp: number; request?: object }[];
  lease?: { nonce: string; description: string };
}

export const TOKEN = 'fo1_token-for-tests';
const ORGANIZATION = 'personal';
const OK = { status: 200 };

export async function startFakeFly(): Promise<FakeFly> {
  const apps = new Map<string, FakeApp>();
  const proven = new Set<string>();
  let ids = 0;
  const nextId = () => (ids += 1).toString(16).padStart(14, '0');

  function answer(call: FakeCall): FakeAnswer {
    if (call.headers.authorization !== `Bearer ${TOKEN}`) return refused(401, 'unauthenticated');
    if (call.path === '/apps') return call.method === 'POST' ? createApp(call) : listApps(call);
    const [, name = '', kind, id, part, key] =
      /^\/apps\/([^/]+)(?:\/(\w+)(?:\/(\w+)(?:\/(\w+)(?:\/(\w+))?)?)?)?$/.exec(call.path) ?? [];
    const app = apps.get(name);
    if (!app) return refused(404, 'Could not find App');
    if (app.organization !== ORGANIZATION) return refused(401, `You are not authorized to access ${name}`);
    if (kind === undefined) return oneApp(app, call);
    if (kind === 'ip_assignments') return addresses(app, call);
    if (id === undefined) return call.method === 'POST' ? createMachine(app, call) : listMachines(app);
    const machine = app.machines.get(id);
    if (!machine) return refused(404, `machine not found, id: '${id}'`);
    if (part === 'metadata') {
      const { config } = machine;
      const metadata = { ...config.metadata, [key as string]: (call.body as { value: string }).value };
      machine.config = { ...config, metadata };
      return { status: 204 };
    }
    return ofMachine(app, machine, `${call.method} ${part ?? ''}`.trim(), call);
  }

  function listApps({ query }: FakeCall): FakeAnswer {
    const named = [...apps.values()].filter(({ organization }) => organization === query.get('org_slug'));
    const listed = named.map(({ name, machines }) => ({ id: `id-${name}`, name, machine_count: machines.size }));
    return { status: 200, body: { total_apps: listed.length, apps: listed } };
  }

  function createApp({ body }: FakeCall): FakeAnswer {
    const { app_name: name, org_slug: organization } = body as { app_name: string; org_slug: string };
    if (!/^[a-z0-9-]{1,63}$/.test(name)) return refused(422, 'Validation failed: Name may only contain lowercase');
    if (apps.has(name)) return refused(422, 'Validation failed: Name has already been taken');
    apps.set(name, { name, organization, machines: new Map(), addresses: [] });
    return { status: 201 };
  }

  function oneApp(app: FakeApp, { method }: FakeCall): FakeAnswer {
    const { name } = app;
    if (method === 'DELETE') {
      app.leaving = 1;
      app.machines.clear();
      return { status: 202 };
    }
    if (app.leaving === 0) {
      apps.delete(name);
      return refused(404, 'Could not find App');
    }
    if (app.leaving !== undefined) app.leaving -= 1;
    const organization = { name: 'Personal', slug: app.organization };
    return { status: 200, body: { id: `id-${name}`, name, status: 'deployed', organization } };
  }

  function addresses(app: FakeApp, { method, body }: FakeCall): FakeAnswer {
    if (method === 'GET')
      return { status: 200, body: { ips: app.addresses.map((ip) => ({ ip, shared: !ip.includes(':') })) } };
    const { type } = body as { type: string };
    const ip = type === 'v6' ? `2a09:8280:1::${nextId().slice(-4)}` : '66.241.124.1';
    app.addresses.push(ip);
    return { status: 200, body: { ip, shared: type !== 'v6' } };
  }

  function listMachines({ machines }: FakeApp): FakeAnswer {
    return { status: 200, body: [...machines.values()].map(shown) };
  }

  function createMachine(app: FakeApp, { body }: FakeCall): FakeAnswer {
    const { name, region, config } = body as { name: string; region: string; config: Config };
    if ([...app.machines.values()].some((other) => other.name === name))
      return refused(
        409,
        `already_exists: unique machine name violation, machine ID x already exists with name "${name}"`,
      );
    const id = nextId();
    const start = { state: 'created' };
    const machine: FakeMachine = { id, name, region, config, versions: [], at: start, ahead: [], events: [] };
    app.machines.set(id, machine);
    begin(machine, config);
    return { status: 200, body: shown(machine) };
  }

  function ofMachine(app: FakeApp, machine: FakeMachine, route: string, call: FakeCall): FakeAnswer {
    const nonce = call.headers['fly-machine-lease-nonce'];
    const { lease } = machine;
    if (route === 'GET') return { status: 200, body: shown(advance(machine)) };
    if (route === 'GET versions') return { status: 200, body: machine.versions.toReversed() };
    if (route === 'GET lease')
      return lease ? { status: 200, body: leaseOf(lease).data } : refused(404, 'no lease found for machine');
    if (lease && nonce !== lease.nonce)
      return refused(
        409,
        `failed to obtain lease: machine ID ${machine.id} lease currently held by someone@example.com`,
      );
    if (route === 'POST lease') {
      const { description } = call.body as { description: string };
      machine.lease = { nonce: nextId(), description };
      return { status: 201, body: leaseOf(machine.lease) };
    }
    if (route === 'DELETE lease') {
      delete machine.lease;
      return OK;
    }
    if (route === 'DELETE') {
      app.machines.delete(machine.id);
      return OK;
    }
    if (route !== 'POST') return refused(404, 'not found');
    const { config, current_version: current } = call.body as { config: Config; current_version?: string };
    if (current !== undefined && current !== machine.versions.at(-1)?.version)
      return refused(412, 'aborted: could not update machine, its version is another');
    begin(machine, config);
    return { status: 200, body: shown(machine) };
  }

  function begin(machine: FakeMachine, config: Config): void {
    const rollout: Rollout = proven.has(canonical(config)) ? LIVE : fly.rollout;
    const [at, ...ahead] = rollout;
    machine.config = config;
    machine.versions.push({ version: `01${nextId()}`, user_config: config });
    Object.assign(machine, { at, ahead });
    entered(machine, 'launch');
  }

  function advance(machine: FakeMachine): FakeMachine {
    const next = machine.ahead.shift();
    if (!next) return machine;
    machine.at = next;
    entered(machine, next.exit === undefined ? 'start' : 'exit');
    return machine;
  }

  function entered(machine: FakeMachine, type: string): void {
    const { state, exit, check = 'passing' } = machine.at;
    const request = exit === undefined ? {} : { request: { exit_event: { exit_code: exit, requested_stop: false } } };
    const status = state;
    machine.events.unshift({
      id: nextId(),
      type,
      status,
      source: 'flyd',
      timestamp: 1_700_000_000_000 + ids,
      ...request,
    });
    if (state === 'started' && check === 'passing') proven.add(canonical(machine.config));
  }

  const server = await startFakeServer({ answer });
  const first = (app: string): FakeMachine => [...apps.get(app)!.machines.values()][0]!;
  const fly: FakeFly = Object.assign(server, {
    rollout: LIVE,
    apps,
    plant(name: string, organization = ORGANIZATION) {
      const app: FakeApp = { name, organization, machines: new Map(), addresses: [] };
      apps.set(name, app);
      const guest = { cpu_kind: 'shared', cpus: 1, memory_mb: 256 };
      createMachine(app, { body: { name: 'theirs', region: 'lhr', config: { image: 'nginx', guest } } } as FakeCall);
    },
    tamper: (app: string, change: Partial<Config>) =>
      void Object.assign(first(app), { config: { ...first(app).config, ...change } }),
    hold: (app: string) => void (first(app).lease = { nonce: nextId(), description: 'someone' }),
  });
  return fly;
}

export const LIVE: Rollout = [
  { state: 'created', check: 'warning' },
  { state: 'starting', check: 'warning' },
  { state: 'started', check: 'critical' },
  { state: 'started' },
];

/** As the API tells it. */
function shown({ id, name, region, config, versions, at, events }: FakeMachine): object {
  const { state, check: status = 'passing' } = at;
  const checks = config.services?.length
    ? [{ name: 'servicecheck-00-tcp-8080', status, output: 'connect: connection refused' }]
    : [];
  return {
    id,
    name,
    state,
    region,
    instance_id: versions.at(-1)?.version,
    config,
    checks,
    events: events.slice(0, 20),
  };
}

/** Under `data`, as Fly's own client reads it; the 2024 specification has the fields at the top, and so has the fake when read. */
function leaseOf({ nonce, description }: { nonce: string; description: string }) {
  return { status: 'success', data: { nonce, description, owner: 'someone@example.com', expires_at: 1_900_000_000 } };
}

function refused(status: number, error: string): FakeAnswer {
  return { status, body: { error, status: 'unknown' } };
}
