import { ConflictError, DeployError } from '../../model/errors.ts';
import type { Address, Kind } from '../../model/resource.ts';
import { driftOf } from '../../provider-kit/drift.ts';
import type { Desired, Handler, Observed, StepRun, Target } from '../../provider-kit/provider.ts';
import {
  zoneOf,
  type Attached,
  type Binding,
  type CloudflareReader,
  type CloudflareWriter,
  type Module,
} from './api.ts';

/** What a kind puts into its Worker. */
export interface Content {
  mainModule: Module;
  modules?: Module[];
  bindings: object[];
  /** Completed upload of assets, and how they are served. */
  assets?: { jwt: string; config: object };
}

export interface WorkerKind {
  kind: Kind;
  content(api: CloudflareWriter, desired: Desired, restored: boolean, run: StepRun): Promise<Content>;
}

type Place = Pick<Target, 'fleet' | 'environment' | 'address'>;

/** A Worker as it is found. Marks are bindings of a version, so they go with it when an earlier one is put back. */
interface Worker {
  name: string;
  /** Version that serves. */
  version: string | undefined;
  mark: (Place & { hash: string }) | undefined;
  /** Marks of versions that served before, looked at when the one that serves bears none. */
  earlier: Place[];
  isPublic: boolean;
  domains: Attached[];
}

/** How the runtime behaves is pinned by a date, so that what ran goes on as it is. */
const COMPATIBILITY_DATE = '2026-10-01';
/** Versions that are looked through for a mark. */
const HISTORY = 10;
const MARK = {
  fleet: 'FLOTILLA_FLEET',
  environment: 'FLOTILLA_ENVIRONMENT',
  address: 'FLOTILLA_ADDRESS',
  hash: 'FLOTILLA_HASH',
};

/** Sites and services alike are Workers. Deploys are synchronous: what is answered serves. */
export function createWorkerHandler({ kind, content }: WorkerKind): Handler<CloudflareReader, CloudflareWriter> {
  return {
    async list(api, { fleet, environment, identities }) {
      const start = `${fleet}-${environment}-`
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .slice(0, 31);
      const named = (await api.scripts()).filter((name) => identities.has(name) || name.startsWith(start));
      const workers = await Promise.all(named.map((name) => find(api, name)));
      const observed = workers.map((worker) => {
        if (!worker) return undefined;
        const place = placesOf(worker).find((one) => one.fleet === fleet && one.environment === environment);
        const address = place?.address ?? identities.get(worker.name);
        if (!address?.startsWith(`${kind}/`)) return undefined;
        return observe(api, worker, { fleet, environment, address });
      });
      return (await Promise.all(observed)).filter((one) => one !== undefined);
    },

    async read(api, target) {
      const worker = await find(api, target.identity);
      return worker && observe(api, worker, target);
    },

    diff: (desired, { attributes }) => driftOf(settingsOf(desired), attributes),

    async ensure(api, desired, run) {
      const found = await findOurs(api, desired);
      const isWanted = found?.mark?.hash === desired.hash && isMarkOf(found.mark, desired);
      if (!isWanted) await upload(api, desired, found?.version !== undefined, content, run);
      const now = isWanted ? found : ((await find(api, desired.identity)) ?? gone(desired));
      const changed = await configure(api, now, desired);
      return observe(api, changed ? ((await find(api, desired.identity)) ?? gone(desired)) : now, desired);
    },

    async remove(api, target) {
      const found = await findOurs(api, target);
      if (!found) return;
      for (const { id } of found.domains) await api.detach(id);
      await api.removeScript(found.name);
    },

    async rollback(api, target, version) {
      const found = await findOurs(api, target);
      if (!found)
        throw new ConflictError(`${target.address} is not there to be rolled back`, { mend: 'apply it first' });
      if (found.version !== version) await api.deploy(found.name, version);
      return observe(api, (await find(api, target.identity)) ?? gone(target), target);
    },

    noImport:
      'whose a Worker is stands in a version of it, and only a deployment makes one: describe it, deploy it under its new name, and remove the old one',
  };
}

async function upload(
  api: CloudflareWriter,
  desired: Desired,
  restored: boolean,
  content: WorkerKind['content'],
  run: StepRun,
) {
  const { mainModule, modules = [], bindings, assets } = await content(api, desired, restored, run);
  const mark = Object.entries(MARK).map(([key, name]) => {
    return { type: 'plain_text', name, text: desired[key as keyof typeof MARK] };
  });
  const metadata = {
    main_module: mainModule.name,
    compatibility_date: COMPATIBILITY_DATE,
    bindings: [...mark, ...bindings],
    ...(assets ? { assets } : {}),
    annotations: { 'workers/message': `${desired.address} ${desired.commit?.slice(0, 12) ?? ''}`.trim().slice(0, 50) },
  };
  run.progress(`deploying ${desired.identity}`);
  const mask = Object.values((desired.spec['env'] ?? {}) as Record<string, string>);
  const answer = await api.upload(desired.identity, metadata, [mainModule, ...modules], mask);
  if (!answer) return;
  const log = answer.refused.map((line) =>
    mask.reduce((text, value) => (value.length > 4 ? text.replaceAll(value, '***') : text), line),
  );
  throw new DeployError(`the deployment of ${desired.address} was refused: ${log[0] ?? 'no reason given'}`, {
    log: log.slice(-50),
    restored,
  });
}

/** Public below workers.dev, and on its own domains; both apply at once. Whether there was something to change. */
async function configure(api: CloudflareWriter, worker: Worker, desired: Desired): Promise<boolean> {
  if (!worker.isPublic) await api.publish(worker.name);
  const { domains } = settingsOf(desired);
  const missing = domains.filter((name) => worker.domains.every((one) => one.hostname !== name));
  const surplus = worker.domains.filter(({ hostname }) => !domains.includes(hostname));
  for (const hostname of missing) {
    const [taken] = await api.attached({ hostname });
    if (taken && taken.service !== worker.name)
      throw new ConflictError(`${desired.address}: ${hostname} leads to the Worker ${taken.service}`, {
        mend: 'take it away there first',
      });
    const zone = await zoneOf(api, hostname);
    if (!zone)
      throw new ConflictError(`${desired.address}: no zone of the Cloudflare account holds ${hostname}`, {
        mend: 'add its domain to the account, or leave it out of `domains`',
      });
    await api.attach({ hostname, service: worker.name, zone_id: zone.id });
  }
  for (const { id } of surplus) await api.detach(id);
  return !worker.isPublic || missing.length + surplus.length > 0;
}

async function find(api: CloudflareReader, name: string): Promise<Worker | undefined> {
  const deployments = await api.deployments(name);
  if (!deployments) return undefined;
  const versions = deployments.slice(0, HISTORY).flatMap((one) => one.versions[0]?.version_id ?? []);
  const [isPublic, domains, serving] = await Promise.all([
    api.isPublic(name),
    api.attached({ service: name }),
    versions[0] === undefined ? undefined : api.version(name, versions[0]),
  ]);
  const mark = markOf(serving?.resources.bindings);
  const earlier: Place[] = [];
  for (const version of mark ? [] : new Set(versions.slice(1))) {
    const place = markOf((await api.version(name, version)).resources.bindings);
    if (place) earlier.push(place);
  }
  return { name, version: serving?.id, mark, earlier, isPublic, domains };
}

function markOf(bindings: Binding[] | null | undefined): Worker['mark'] {
  const text = (name: string) => bindings?.find((one) => one.name === name)?.text ?? undefined;
  const [fleet, environment, address, hash] = Object.values(MARK).map(text);
  return fleet && environment && address && hash
    ? { fleet, environment, address: address as Address, hash }
    : undefined;
}

function placesOf({ mark, earlier }: Worker): Place[] {
  return [...(mark ? [mark] : []), ...earlier];
}

function isMarkOf(mark: Place | undefined, { fleet, environment, address }: Place): boolean {
  return mark?.fleet === fleet && mark.environment === environment && mark.address === address;
}

/** @throws ConflictError when the name is taken by what we did not make. */
async function findOurs(api: CloudflareReader, target: Target): Promise<Worker | undefined> {
  const found = await find(api, target.identity);
  if (!found || placesOf(found).some((place) => isMarkOf(place, target))) return found;
  throw new ConflictError(`${target.address}: "${target.identity}" exists at Cloudflare and is not this fleet's`, {
    mend: 'rename one of the two, or remove the other by hand',
  });
}

async function observe(api: CloudflareReader, worker: Worker, place: Place): Promise<Observed> {
  const { fleet, environment, address } = place;
  const isOurs = isMarkOf(worker.mark, place);
  const host = `${worker.name}.${await api.subdomain()}.workers.dev`;
  const port = address.startsWith('service/') ? { port: '443' } : {};
  return {
    id: worker.name,
    address,
    owner: placesOf(worker).some((one) => isMarkOf(one, place)) ? { fleet, environment } : null,
    hash: isOurs ? (worker.mark?.hash ?? null) : null,
    phase: worker.version ? 'live' : 'queued',
    outputs: { url: `https://${host}`, host, ...port },
    ...(worker.version ? { deployment: worker.version } : {}),
    attributes: {
      public: worker.isPublic,
      domains: worker.domains.map(({ hostname }) => hostname).toSorted(),
      version: isOurs ? 'ours' : 'not made by Flotilla',
    },
  };
}

function settingsOf({ spec }: Desired) {
  return { public: true, domains: ((spec['domains'] ?? []) as string[]).toSorted(), version: 'ours' };
}

function gone({ address }: Target): never {
  throw new ConflictError(`${address} was removed while it was deployed`, { mend: 'run again' });
}
