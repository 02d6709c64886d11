import { z } from 'zod';
import { UnsupportedError } from '../../model/errors.ts';
import { endpointOf } from '../../provider-kit/endpoint.ts';
import { createHttp, everyPage, path, type Query } from '../../provider-kit/http.ts';
import type { Account } from '../../provider-kit/provider.ts';

/** Cloudflare's API, typed: one function a call, and of every answer only what the handlers rely on. */

export const ENDPOINT = 'https://api.cloudflare.com/client/v4';

const Script = z.object({ id: z.string() });
const Deployment = z.object({ versions: z.array(z.object({ version_id: z.string(), percentage: z.number() })) });
export type Deployment = z.infer<typeof Deployment>;

const Binding = z.object({ name: z.string(), type: z.string(), text: z.string().nullish() });
export type Binding = z.infer<typeof Binding>;
const Version = z.object({ id: z.string(), resources: z.object({ bindings: z.array(Binding).nullish() }) });
export type Version = z.infer<typeof Version>;

const Session = z.object({ jwt: z.string().nullish(), buckets: z.array(z.array(z.string())).nullish() });
const Attached = z.object({ id: z.string(), hostname: z.string(), service: z.string() });
export type Attached = z.infer<typeof Attached>;
const Zone = z.object({ id: z.string(), name: z.string() });
export type Zone = z.infer<typeof Zone>;

const Record = z.object({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  content: z.string(),
  ttl: z.number(),
  /** Of MX, which have it apart from their content. */
  priority: z.number().optional(),
  comment: z.string().nullish(),
});
export type DnsRecord = z.infer<typeof Record>;
export type NewRecord = Omit<DnsRecord, 'id'> & { proxied?: boolean };

/** A file of a Worker: its name, media type and content. */
export interface Module {
  name: string;
  type: string;
  bytes: Uint8Array<ArrayBuffer> | string;
}

export interface CloudflareReader {
  /** Names of all Workers of the account. */
  scripts(): Promise<string[]>;
  /** Newest first, the first being what serves; undefined when there is no such Worker. */
  deployments(script: string): Promise<Deployment[] | undefined>;
  version(script: string, id: string): Promise<Version>;
  /** Whether it answers below the account's workers.dev name. */
  isPublic(script: string): Promise<boolean>;
  /** The account's name below workers.dev. */
  subdomain(): Promise<string>;
  attached(filter: { service: string } | { hostname: string }): Promise<Attached[]>;
  zonesNamed(name: string): Promise<Zone[]>;
  /** Records that bear this text in their comment, or have this very name. */
  records(zone: string, filter: { commentHas: string } | { name: string }): Promise<DnsRecord[]>;
}

export interface CloudflareWriter extends CloudflareReader {
  /** Makes or replaces a Worker; it serves when this is answered. A refusal of its content is its messages. */
  upload(
    script: string,
    metadata: object,
    modules: Module[],
    mask: string[],
  ): Promise<{ refused: string[] } | undefined>;
  /** Serves a version that is there. */
  deploy(script: string, version: string): Promise<void>;
  removeScript(script: string): Promise<void>;
  publish(script: string): Promise<void>;
  attach(domain: { hostname: string; service: string; zone_id: string }): Promise<void>;
  detach(id: string): Promise<void>;
  /** Says which assets are missing, in the groups that they are to be sent in. */
  openAssets(
    script: string,
    manifest: { [path: string]: { hash: string; size: number } },
    mask: string[],
  ): Promise<{ jwt: string; buckets: string[][] }>;
  /** Sends one group, each file as base64 by its hash; the last one's answer is the token that completes the upload. */
  sendAssets(jwt: string, files: Module[], mask: string[]): Promise<string | undefined>;
  /** All of it or nothing. A refusal is its messages. */
  changeRecords(zone: string, change: RecordChange): Promise<{ refused: string[] } | undefined>;
  account: Pick<Account, 'delay'>;
}

export interface RecordChange {
  deletes: { id: string }[];
  patches: (Partial<NewRecord> & { id: string })[];
  posts: NewRecord[];
}

const Envelope = z.object({
  success: z.boolean(),
  errors: z.array(z.object({ code: z.number(), message: z.string() })).nullish(),
  result: z.unknown().optional(),
  result_info: z
    .object({ page: z.number().nullish(), per_page: z.number().nullish(), total_count: z.number().nullish() })
    .nullish(),
});

/** An answer can be a refusal though its status is 200. */
function unwrap(value: unknown): z.infer<typeof Envelope> {
  const envelope = Envelope.parse(value);
  if (envelope.success) return envelope;
  throw new UnsupportedError(`Cloudflare refused: ${messagesOf(value).join('; ')}`);
}

const as =
  <T>(schema: z.ZodType<T>) =>
  (value: unknown): T =>
    schema.parse(unwrap(value).result);

function messagesOf(value: unknown): string[] {
  const { errors } = Envelope.partial().safeParse(value).data ?? {};
  return (errors ?? []).map(({ code, message }) => `${message} (${code})`);
}

const PAGE = 50;

export function connect(account: Account): { reader: CloudflareReader; writer: CloudflareWriter } {
  const http = createHttp({
    name: 'Cloudflare',
    baseUrl: endpointOf(account, ENDPOINT),
    headers: { authorization: `Bearer ${account.credentials['CLOUDFLARE_API_TOKEN'] ?? ''}` },
    signal: account.signal,
    credentialMend: 'set CLOUDFLARE_API_TOKEN to a token with Workers Scripts:Edit, and DNS:Edit for domains',
    mask: account.mask,
  });

  /** Secrets are hidden before a message is taken apart: of one of several lines no line would be known. */
  const refusedContent = (status: number, body: unknown): { refused: string[] } | undefined =>
    status === 400
      ? { refused: messagesOf(body).flatMap((text) => (account.mask?.(text) ?? text).split('\n')) }
      : undefined;

  let knownId: Promise<string> | undefined;
  /** The account, asked for once; a failure is not kept. */
  const id = (): Promise<string> =>
    (knownId ??= findAccount().catch((error: unknown) => {
      knownId = undefined;
      throw error;
    }));
  async function findAccount(): Promise<string> {
    const { account: wanted } = account.options;
    if (typeof wanted === 'string') return wanted;
    const all = await http.reader.get('/accounts', { query: { per_page: PAGE }, parse: as(z.array(Zone)) });
    const [first, ...others] = all;
    if (first && others.length === 0) return first.id;
    throw new UnsupportedError(`Cloudflare: the token sees ${all.length} accounts`, {
      mend: `set providers.${account.name}.account to one of: ${all.map(({ id, name }) => `${id} (${name})`).join(', ')}`,
    });
  }
  const workers = async (rest = '') => `${path`/accounts/${await id()}/workers`}${rest}`;
  const paged = <T>(at: string, query: Query, schema: z.ZodType<T>) =>
    everyPage(async (cursor = '1') =>
      http.reader.get(at, {
        query: { ...query, page: cursor, per_page: PAGE },
        parse: (value) => {
          const { result, result_info } = unwrap(value);
          const { page = 1, per_page = PAGE, total_count = 0 } = result_info ?? {};
          const more = (page ?? 1) * (per_page ?? PAGE) < (total_count ?? 0);
          return { items: z.array(schema).parse(result), next: more ? String((page ?? 1) + 1) : undefined };
        },
      }),
    );

  let subdomain: string | undefined;
  const reader: CloudflareReader = {
    scripts: async () =>
      (await http.reader.get(await workers('/scripts'), { parse: as(z.array(Script)) })).map((script) => script.id),
    deployments: async (script) =>
      http.reader.find(await workers(path`/scripts/${script}/deployments`), {
        parse: (value) => as(z.object({ deployments: z.array(Deployment) }))(value).deployments,
      }),
    version: async (script, version) =>
      http.reader.get(await workers(path`/scripts/${script}/versions/${version}`), { parse: as(Version) }),
    isPublic: async (script) =>
      http.reader.get(await workers(path`/scripts/${script}/subdomain`), {
        parse: (value) => as(z.object({ enabled: z.boolean() }))(value).enabled,
      }),
    subdomain: async () =>
      (subdomain ??= await http.reader.get(await workers('/subdomain'), {
        parse: (value) => as(z.object({ subdomain: z.string() }))(value).subdomain,
      })),
    attached: async (filter) =>
      http.reader.get(await workers('/domains'), { query: { ...filter }, parse: as(z.array(Attached)) }),
    zonesNamed: (name) => http.reader.get('/zones', { query: { name }, parse: as(z.array(Zone)) }),
    records: (zone, filter) => {
      const query = 'name' in filter ? { name: filter.name } : { 'comment.contains': filter.commentHas };
      return paged(path`/zones/${zone}/dns_records`, query, Record);
    },
  };

  const writer: CloudflareWriter = {
    ...reader,
    account,
    upload: async (script, metadata, modules, mask) =>
      http.writer.put<{ refused: string[] } | undefined>(await workers(path`/scripts/${script}`), {
        body: form([{ name: 'metadata', type: 'application/json', bytes: JSON.stringify(metadata) }, ...modules]),
        mask,
        parse: (value) => void unwrap(value),
        refused: refusedContent,
        timeoutSeconds: 120,
      }),
    deploy: async (script, version_id) =>
      http.writer.post(await workers(path`/scripts/${script}/deployments`), {
        json: { strategy: 'percentage', versions: [{ version_id, percentage: 100 }] },
        parse: (value) => void unwrap(value),
      }),
    removeScript: async (script) =>
      void (await http.writer.delete(await workers(path`/scripts/${script}`), { query: { force: true } })),
    publish: async (script) =>
      http.writer.post(await workers(path`/scripts/${script}/subdomain`), {
        json: { enabled: true, previews_enabled: false },
        parse: (value) => void unwrap(value),
      }),
    attach: async (domain) =>
      http.writer.put(await workers('/domains'), {
        json: { ...domain, environment: 'production' },
        parse: (value) => void unwrap(value),
      }),
    detach: async (domain) => void (await http.writer.delete(await workers(path`/domains/${domain}`))),
    openAssets: async (script, manifest, mask) =>
      http.writer.post(await workers(path`/scripts/${script}/assets-upload-session`), {
        json: { manifest },
        mask,
        parse: (value) => {
          const { jwt, buckets } = as(Session)(value);
          return { jwt: jwt ?? '', buckets: buckets ?? [] };
        },
      }),
    sendAssets: async (jwt, files, mask) =>
      http.writer.post(await workers('/assets/upload'), {
        query: { base64: true },
        headers: { authorization: `Bearer ${jwt}` },
        body: form(files),
        mask: [jwt, ...mask],
        timeoutSeconds: 300,
        parse: (value) => as(Session.nullish())(value)?.jwt ?? undefined,
      }),
    changeRecords: (zone, change) =>
      http.writer.post<{ refused: string[] } | undefined>(path`/zones/${zone}/dns_records/batch`, {
        json: change,
        parse: (value) => void unwrap(value),
        refused: refusedContent,
      }),
  };
  return { reader, writer };
}

function form(files: Module[]): FormData {
  const body = new FormData();
  for (const { name, type, bytes } of files) {
    // The metadata is a field; everything else is a file under its own name.
    if (name === 'metadata') body.append(name, new Blob([bytes], { type }));
    else body.append(name, new Blob([bytes], { type }), name);
  }
  return body;
}

/** The zone that a name is in: the longest one of its endings that the token sees. */
export async function zoneOf(api: CloudflareReader, name: string): Promise<Zone | undefined> {
  const parts = name.split('.');
  for (let from = 0; from < Math.max(1, parts.length - 1); from += 1) {
    const [zone] = await api.zonesNamed(parts.slice(from).join('.'));
    if (zone) return zone;
  }
  return undefined;
}
