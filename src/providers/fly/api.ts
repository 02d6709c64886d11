import { z } from 'zod';
import { ConflictError } from '../../model/errors.ts';
import { endpointOf } from '../../provider-kit/endpoint.ts';
import { createHttp, path, statusOf } from '../../provider-kit/http.ts';
import type { Account } from '../../provider-kit/provider.ts';

/** Fly's Machines API, typed: one function a call, and of every answer only what the handler relies on. */

export const OFFICIAL = 'https://api.machines.dev/v1';

const ListedApp = z.object({ name: z.string() });
const Apps = z.object({ apps: z.array(ListedApp).nullish() });
const App = z.object({ name: z.string() });
export type App = z.infer<typeof App>;

/** What is relied on; the rest is kept as it came, because an update has to send the whole of it. */
const Config = z.looseObject({
  image: z.string(),
  env: z.record(z.string(), z.string()).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  guest: z.looseObject({ cpus: z.int().nullish(), memory_mb: z.int().nullish() }).nullish(),
  services: z.array(z.looseObject({ internal_port: z.int().nullish() })).nullish(),
});
export type Config = z.infer<typeof Config>;

const Machine = z.object({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  region: z.string(),
  /** Of this version of the machine. */
  instance_id: z.string(),
  config: Config,
  checks: z.array(z.object({ name: z.string(), status: z.string(), output: z.string().nullish() })).nullish(),
  /** Newest first. */
  events: z.array(z.object({ type: z.string(), status: z.string(), request: z.unknown().optional() })).nullish(),
});
export type Machine = z.infer<typeof Machine>;

const Version = z.object({ version: z.string(), user_config: Config.nullish() });
export type Version = z.infer<typeof Version>;

const LeaseData = z.object({ nonce: z.string().nullish(), description: z.string().nullish() });
/** The 2024 specification has the fields at the top, the API's own client reads them under `data`: both are understood. */
const Lease = z.union([z.object({ data: LeaseData }).transform(({ data }) => data), LeaseData]);
export type Lease = z.infer<typeof Lease>;

const Addresses = z.object({ ips: z.array(z.object({ ip: z.string(), shared: z.boolean().nullish() })).nullish() });

const asMachine = (value: unknown) => Machine.parse(value);
const asMachines = (value: unknown) => z.array(Machine).parse(value);
const asNames = (value: unknown) => (Apps.parse(value).apps ?? []).map(({ name }) => name);
const asLease = (value: unknown) => Lease.parse(value);
/** Values that no message may repeat. */
const valuesOf = (config: Config) => Object.values(config.env ?? {});

export interface FlyReader {
  /** Names of the organization's apps. */
  apps(): Promise<string[]>;
  /** `taken`: the name belongs to an organization that this token cannot see. Names are global to all of Fly. */
  app(name: string): Promise<App | 'taken' | undefined>;
  machines(app: string): Promise<Machine[]>;
  machine(app: string, id: string): Promise<Machine>;
  /** Newest first. */
  versions(app: string, id: string): Promise<Version[]>;
}

export interface FlyWriter extends FlyReader {
  /** `mask`: values that no message may repeat. */
  createApp(name: string, mask: string[]): Promise<void>;
  /** Accepted, not done: the app is gone some time later. Whether it was there. */
  removeApp(name: string): Promise<boolean>;
  /** Gives the app its public addresses, those that it lacks. */
  publish(app: string, mask: string[]): Promise<void>;
  createMachine(app: string, machine: NewMachine): Promise<Machine>;
  /** Sets one entry of a machine's metadata, which restarts nothing. */
  mark(app: string, id: string, key: string, value: string): Promise<void>;
  /** Replaces the whole config, which restarts the machine; refused without the lease's nonce while one is held. */
  updateMachine(app: string, machine: Machine, config: Config, nonce: string): Promise<Machine>;
  removeMachine(app: string, id: string, nonce: string): Promise<void>;
  /** @throws ConflictError when somebody holds one. */
  lease(app: string, id: string, description: string, ttlSeconds: number): Promise<string>;
  release(app: string, id: string, nonce: string): Promise<void>;
  delay: Account['delay'];
}

export interface NewMachine {
  name: string;
  region: string;
  config: Config;
}

const NONCE = 'fly-machine-lease-nonce';

export function connect(account: Account): { reader: FlyReader; writer: FlyWriter } {
  const organization = (account.options['organization'] as string | undefined) ?? 'personal';
  const http = createHttp({
    name: account.name,
    baseUrl: endpointOf(account, OFFICIAL),
    headers: { authorization: `Bearer ${account.credentials['FLY_API_TOKEN'] ?? ''}` },
    signal: account.signal,
    credentialMend: `set FLY_API_TOKEN to a token of the organization "${organization}" (fly tokens create org)`,
    mask: account.mask && ((text) => account.mask!(text)),
  });

  const reader: FlyReader = {
    apps: () => http.reader.get('/apps', { query: { org_slug: organization }, parse: asNames }),
    app: async (name) => {
      try {
        return await http.reader.find(path`/apps/${name}`, { parse: (value) => App.parse(value) });
      } catch (error) {
        // 401 is also how Fly says that an app is another organization's: the token is fine if it can list its own.
        if (statusOf(error) !== 401) throw error;
        if ((await reader.apps()).includes(name)) throw error;
        return 'taken';
      }
    },
    machines: async (app) => {
      const machines = await http.reader.get(path`/apps/${app}/machines`, { parse: asMachines });
      return machines.filter(({ state }) => state !== 'destroyed');
    },
    machine: (app, id) => http.reader.get(path`/apps/${app}/machines/${id}`, { parse: asMachine }),
    versions: (app, id) =>
      http.reader.get(path`/apps/${app}/machines/${id}/versions`, { parse: (value) => z.array(Version).parse(value) }),
  };

  const writer: FlyWriter = {
    ...reader,
    async createApp(name, mask) {
      try {
        // The documentation says `app_name`, Fly's own client `name`: each reads its own and ignores the other.
        await http.writer.post('/apps', { json: { app_name: name, name, org_slug: organization }, mask });
      } catch (error) {
        if (statusOf(error) !== 422 || !/taken/i.test((error as Error).message)) throw error;
        throw nameTaken(name, error);
      }
    },
    removeApp: (name) => http.writer.delete(path`/apps/${name}`, { query: { force: true } }),
    async publish(app, mask) {
      const at = path`/apps/${app}/ip_assignments`;
      const ips = await http.reader.get(at, { parse: (value) => Addresses.parse(value).ips ?? [] });
      if (!ips.some(({ ip }) => !ip.includes(':'))) await http.writer.post(at, { json: { type: 'shared_v4' }, mask });
      if (!ips.some(({ ip }) => ip.includes(':'))) await http.writer.post(at, { json: { type: 'v6' }, mask });
    },
    createMachine: (app, machine) =>
      http.writer.post(path`/apps/${app}/machines`, {
        json: machine,
        mask: valuesOf(machine.config),
        parse: asMachine,
      }),
    mark: (app, id, key, value) =>
      http.writer.post(path`/apps/${app}/machines/${id}/metadata/${key}`, { json: { value } }),
    updateMachine: (app, { id, instance_id }, config, nonce) =>
      http.writer.post(path`/apps/${app}/machines/${id}`, {
        json: { config, current_version: instance_id },
        headers: { [NONCE]: nonce },
        mask: valuesOf(config),
        parse: asMachine,
      }),
    removeMachine: async (app, id, nonce) =>
      void (await http.writer.delete(path`/apps/${app}/machines/${id}`, {
        query: { force: true },
        headers: { [NONCE]: nonce },
      })),
    async lease(app, id, description, ttl) {
      const at = path`/apps/${app}/machines/${id}/lease`;
      try {
        return nonceOf(await http.writer.post(at, { json: { ttl, description }, parse: asLease }));
      } catch (error) {
        if (statusOf(error) !== 409) throw error;
        // Ours, from a run that was killed or an answer that was lost: its nonce is read, not asked for again.
        const held = await http.reader.find(at, { parse: asLease });
        if (held?.description !== description) throw error;
        return nonceOf(held);
      }
    },
    release: async (app, id, nonce) =>
      void (await http.writer.delete(path`/apps/${app}/machines/${id}/lease`, { headers: { [NONCE]: nonce } })),
    delay: (milliseconds) => account.delay(milliseconds),
  };
  return { reader, writer };
}

function nonceOf({ nonce }: Lease): string {
  if (nonce) return nonce;
  throw new ConflictError('Fly gave no nonce for the lease of a machine', {
    mend: 'wait until it has expired, a quarter of an hour at most, and run again',
  });
}

export function nameTaken(name: string, cause?: unknown): ConflictError {
  return new ConflictError(`the app name "${name}" is taken by another organization of Fly, where names are global`, {
    mend: 'rename the fleet or the service, or set providers.<account>.organization to the one that holds it',
    ...(cause === undefined ? {} : { cause }),
  });
}
