import { ConflictError, DeployError } from '../../model/errors.ts';
import { driftOf } from '../../provider-kit/drift.ts';
import { isNotFound } from '../../provider-kit/http.ts';
import type { Desired, Handler, Observed, Target } from '../../provider-kit/provider.ts';
import { requireOffered } from '../../provider-kit/refusal.ts';
import {
  zoneOf,
  type CloudflareReader,
  type CloudflareWriter,
  type DnsRecord,
  type NewRecord,
  type Zone,
} from './api.ts';
import { refuses } from './refuses.ts';

/** Records of one name and below it. Whose they are stands in their comment, the only mark that every plan has. */

interface DomainSpec {
  target?: string;
  records: { type: string; name: string; value: string; ttlSeconds: number }[];
}

interface Found {
  zone: Zone;
  ours: DnsRecord[];
  /** Of others, where the name itself is answered: they cannot stand beside ours. */
  others: DnsRecord[];
}

type Place = Pick<Target, 'fleet' | 'environment' | 'address' | 'identity'>;

const ADDRESSES = new Set(['A', 'AAAA', 'CNAME']);
/** Cloudflare chooses. */
const AUTOMATIC = 1;

export const domain: Handler<CloudflareReader, CloudflareWriter> = {
  async list(api, { fleet, environment, identities }) {
    const places = [...identities].filter(([, address]) => address.startsWith('domain/'));
    const observed = places.map(async ([identity, address]) => {
      const found = await find(api, identity, nameOf(address));
      return found && observe(found, { fleet, environment, address, identity });
    });
    return (await Promise.all(observed)).filter((one) => one !== undefined);
  },

  async read(api, target) {
    const found = await find(api, target.identity, target.name);
    return found && observe(found, target);
  },

  diff: (desired, { attributes }) => driftOf({ records: linesOf(wantedOf(desired)) }, attributes),

  async ensure(api, desired, run) {
    const zone = await zoneOf(api, desired.name);
    if (!zone)
      throw new ConflictError(`${desired.address}: no zone of the Cloudflare account holds ${desired.name}`, {
        mend: 'add the domain to the account first',
      });
    const found = await find(api, desired.identity, desired.name);
    refuseOthers(desired, found);
    const wanted = wantedOf(desired);
    requireOffered(desired, refuses(desired));
    const ours = found?.ours ?? [];
    const left = [...ours];
    const posts: NewRecord[] = [];
    const patches: { id: string; comment: string }[] = [];
    for (const record of wanted) {
      const index = left.findIndex((one) => lineOf(one) === lineOf(record));
      const [same] = index < 0 ? [] : left.splice(index, 1);
      if (!same) posts.push(record);
      else if (same.comment !== record.comment) patches.push({ id: same.id, comment: record.comment as string });
    }
    const deletes = left.map(({ id }) => ({ id }));
    if (posts.length + patches.length + deletes.length > 0) {
      run.progress(`changing ${posts.length + patches.length + deletes.length} records of ${zone.name}`);
      const answer = await api.changeRecords(zone.id, { deletes, patches, posts });
      if (answer)
        throw new DeployError(
          `${desired.address}: its records were refused: ${answer.refused[0] ?? 'no reason given'}`,
          {
            log: answer.refused,
            restored: ours.length > 0,
          },
        );
    }
    const now = await find(api, desired.identity, desired.name);
    if (now) return observe(now, desired);
    throw new ConflictError(`${desired.address}: its records are gone`, { mend: 'run again' });
  },

  async remove(api, target) {
    const found = await find(api, target.identity, target.name);
    if (!found || found.ours.length === 0) return;
    const deletes = found.ours.map(({ id }) => ({ id }));
    const answer = await api
      .changeRecords(found.zone.id, { deletes, patches: [], posts: [] })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    if (answer) throw new DeployError(`${target.address}: removing its records was refused`, { log: answer.refused });
  },

  noImport:
    'a zone holds records of many things, and each record is marked by itself: describe them, and remove by hand what is in the way',
};

/** Undefined when there is no zone, or nothing of ours and nothing in our way in it. */
async function find(api: CloudflareReader, identity: string, name: string): Promise<Found | undefined> {
  const zone = await zoneOf(api, name);
  if (!zone) return undefined;
  const marked = await api.records(zone.id, { commentHas: identity });
  const ours = marked.filter(({ comment }) => identityIn(comment) === identity);
  const there = ours.length > 0 ? [] : await api.records(zone.id, { name });
  const others = there.filter(({ type }) => ADDRESSES.has(type));
  return ours.length + others.length > 0 ? { zone, ours, others } : undefined;
}

/** @throws ConflictError when the name leads somewhere by records that are not ours. */
function refuseOthers(desired: Desired, found: Found | undefined): void {
  const [other] = found?.others ?? [];
  if (!other || !wantedOf(desired).some(({ name, type }) => name === desired.name && ADDRESSES.has(type))) return;
  throw new ConflictError(`${desired.address}: the zone has a record ${lineOf(other)} that is not this fleet's`, {
    mend: 'remove it by hand, or leave the domain out',
  });
}

function observe({ zone, ours, others }: Found, { fleet, environment, address, identity }: Place): Observed {
  const hashes = new Set(ours.map(({ comment }) => comment?.split(' ').at(-1) ?? ''));
  const [hash = null] = hashes;
  return {
    id: `${zone.id}/${identity}`,
    address,
    owner: ours.length > 0 ? { fleet, environment } : null,
    // Records of different hashes are a change that was not finished.
    hash: hashes.size === 1 ? hash : null,
    phase: 'live',
    outputs: { name: nameOf(address) },
    attributes: { records: linesOf(ours.length > 0 ? ours : others) },
  };
}

function wantedOf({ spec, name, identity, hash }: Desired): NewRecord[] {
  const { target, records } = spec as unknown as DomainSpec;
  const comment = `managed by Flotilla: ${identity} ${hash}`;
  const lead =
    target === undefined ? [] : [{ type: 'CNAME', name, content: target, ttl: AUTOMATIC, proxied: false, comment }];
  const further = records.map(({ type, name: at, value, ttlSeconds }): NewRecord => {
    const full = at === '@' ? name : `${at}.${name}`;
    const ttl = Math.min(86_400, Math.max(60, ttlSeconds));
    const [first = '', ...rest] = value.split(/\s+/);
    // These have their number apart from the value.
    if (type === 'MX') return { type, name: full, content: rest.join(' '), priority: Number(first), ttl, comment };
    return { type, name: full, content: value, ttl, comment };
  });
  return [...lead, ...further];
}

function linesOf(records: NewRecord[]): string[] {
  return records.map(lineOf).toSorted();
}

/** A record as one line: what makes two the same. */
function lineOf({ type, name, content, ttl, priority }: NewRecord): string {
  // TXT comes back in the quotes of a zone file.
  const plain = type === 'TXT' ? content.replace(/^"(.*)"$/s, '$1') : content;
  return `${name} ${ttl} ${type} ${priority === undefined ? '' : `${priority} `}${plain.replace(/\.$/, '')}`;
}

function identityIn(comment: string | null | undefined): string | undefined {
  return /^managed by Flotilla: (\S+) \S+$/.exec(comment ?? '')?.[1];
}

function nameOf(address: string): string {
  return address.slice(address.indexOf('/') + 1);
}
