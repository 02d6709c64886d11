/** What a fleet is made of. Kinds, addresses and the outputs that other resources may reference. */

export const KINDS = ['service', 'site', 'database', 'bucket', 'model', 'job', 'domain'] as const;
export type Kind = (typeof KINDS)[number];

/** `kind/name`, e.g. `service/api`; `secret/NAME` for a secret that the fleet issues itself, which lives at no provider. */
export type Address = `${Kind}/${string}` | `secret/${string}`;

/** The plural key under which a kind stands in `flotilla.yml`. */
export const SECTION: Record<Kind, string> = {
  service: 'services',
  site: 'sites',
  database: 'databases',
  bucket: 'buckets',
  model: 'models',
  job: 'jobs',
  domain: 'domains',
};

/** Kinds that hold data which cannot be rebuilt from the repository; protected from deletion unless the config says otherwise. */
export const STATEFUL: ReadonlySet<Kind> = new Set(['database', 'bucket']);

/** The outputs of each kind that `${kind.name.output}` may name; a secret output never leaves the process unsealed. */
export const OUTPUTS: Record<Kind, Record<string, { secret: boolean; description: string }>> = {
  service: {
    url: { secret: false, description: 'public address with scheme' },
    host: { secret: false, description: 'host name' },
    port: { secret: false, description: 'public port' },
  },
  site: {
    url: { secret: false, description: 'public address with scheme' },
    host: { secret: false, description: 'host name' },
  },
  database: {
    url: { secret: true, description: 'connection string with credentials' },
    host: { secret: false, description: 'host name' },
    port: { secret: false, description: 'port' },
    name: { secret: false, description: 'database name' },
    user: { secret: false, description: 'user name' },
    password: { secret: true, description: 'password' },
  },
  bucket: {
    endpoint: { secret: false, description: 'S3 endpoint' },
    name: { secret: false, description: 'bucket name at the provider' },
    access_key: { secret: true, description: 'access key id' },
    secret_key: { secret: true, description: 'secret access key' },
  },
  model: { url: { secret: false, description: 'inference endpoint' } },
  job: {},
  domain: { name: { secret: false, description: 'the domain name' } },
};

export function address(kind: Kind, name: string): Address {
  return `${kind}/${name}`;
}

/** Splits the address of a resource; undefined when it is not one. */
export function parseAddress(text: string): { kind: Kind; name: string } | undefined {
  const slash = text.indexOf('/');
  const word = text.slice(0, slash);
  const kind = KINDS.find((candidate) => candidate === word);
  const name = text.slice(slash + 1);
  return kind && name ? { kind, name } : undefined;
}

/** A place in a config file; line and column count from 1. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

/** A JSON value, the only thing that specs, plans and state are made of. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
