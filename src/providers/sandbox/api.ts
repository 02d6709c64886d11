import { UnsupportedError } from '../../model/errors.ts';
import type { JsonObject, Kind } from '../../model/resource.ts';
import { createHttp, everyPage, path } from '../../provider-kit/http.ts';
import type { Account } from '../../provider-kit/provider.ts';
import { asLines, asPage, asResource, type Resource } from './answers.ts';

/** The pretend cloud's API, typed: one function a call, and of every answer only what the handler relies on. */

/** No message may repeat a value that is sent. */
const sent = <T extends Content>(json: T) => ({ json, mask: Object.values(json.env), parse: asResource });
/** What a deployment is made from. */
export interface Content {
  labels: Record<string, string>;
  replicas: number;
  settings: JsonObject;
  env: Record<string, string>;
  /** Git tree of its files: a real provider would be sent them. */
  files: string | null;
}

export interface NewResource extends Content {
  kind: Kind;
  name: string;
  title: string;
  region: string;
  /** `once`: its secret outputs stand in the answer to this call, and in no other. */
  tell?: 'once';
}

export interface CloudReader {
  /** All of a kind in the account, whoever made them. */
  list(kind: Kind): Promise<Resource[]>;
  named(kind: Kind, name: string): Promise<Resource[]>;
  get(id: string): Promise<Resource>;
  logs(id: string, lines: number): Promise<string[]>;
}

export interface CloudWriter extends CloudReader {
  /** Twice with one name makes two resources, as at most providers. */
  create(resource: NewResource): Promise<Resource>;
  /** Starts a deployment. */
  update(id: string, content: Content): Promise<Resource>;
  /** Starts no deployment. */
  label(id: string, labels: Record<string, string>): Promise<Resource>;
  rollback(id: string, deployment: string): Promise<Resource>;
  /** Makes its secret outputs anew; the old ones are no longer good. */
  reissue(id: string): Promise<Resource>;
  remove(id: string): Promise<void>;
  delay: Account['delay'];
}

const LARGEST_PAGE = 10_000;

export function connect(account: Account): { reader: CloudReader; writer: CloudWriter } {
  const token = account.credentials['SANDBOX_CLOUD_TOKEN'];
  const http = createHttp({
    name: account.name,
    baseUrl: endpointOf(account),
    headers: token ? { authorization: `Bearer ${token}` } : {},
    signal: account.signal,
    mask: account.mask,
    credentialMend: 'set SANDBOX_CLOUD_TOKEN to the token that the sandbox was started with',
  });
  const pages = (query: { kind?: Kind; name?: string }) =>
    everyPage(async (cursor) => {
      const page = await http.reader.get('/v1/resources', {
        query: { ...query, cursor, limit: LARGEST_PAGE },
        parse: asPage,
      });
      return { items: page.resources, next: page.next };
    });

  /** While the cloud is being asked: kinds that are listed together are one request. */
  let asking: Promise<Resource[]> | undefined;
  const everything = () => (asking ??= pages({}).finally(() => (asking = undefined)));

  const reader: CloudReader = {
    list: async (kind) => (await everything()).filter((resource) => resource.kind === kind),
    named: (kind, name) => pages({ kind, name }),
    get: (id) => http.reader.get(path`/v1/resources/${id}`, { parse: asResource }),
    logs: (id, lines) => http.reader.get(path`/v1/resources/${id}/logs`, { query: { lines }, parse: asLines }),
  };
  const tell = account.options['secrets'] === 'once' ? ({ tell: 'once' } as const) : {};
  const writer: CloudWriter = {
    ...reader,
    create: (content) => http.writer.post('/v1/resources', sent({ ...content, ...tell })),
    update: (id, content) => http.writer.patch(path`/v1/resources/${id}`, sent(content)),
    label: (id, labels) => http.writer.put(path`/v1/resources/${id}/labels`, { json: { labels }, parse: asResource }),
    rollback: (id, deployment) =>
      http.writer.post(path`/v1/resources/${id}/rollback`, { json: { deployment }, parse: asResource }),
    reissue: (id) => http.writer.post(path`/v1/resources/${id}/secrets`, { json: {}, parse: asResource }),
    remove: async (id) => void (await http.writer.delete(path`/v1/resources/${id}`)),
    delay: (milliseconds) => account.delay(milliseconds),
  };
  return { reader, writer };
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** What is wrong with an endpoint: a pretend cloud gets real secrets, so it must be on this machine. */
export function checkEndpoint(value: unknown): string | undefined {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return 'expected the URL that the pretend cloud prints when it starts';
  return LOOPBACK.has(url.hostname) ? undefined : 'expected an address on this machine, such as http://127.0.0.1:4000';
}

function endpointOf({ name, options }: Account): string {
  const endpoint = options['endpoint'];
  const wrong = checkEndpoint(endpoint);
  if (wrong === undefined) return endpoint as string;
  throw new UnsupportedError(`providers.${name}.endpoint: ${wrong}`, { mend: 'start one with `flotilla sandbox`' });
}
