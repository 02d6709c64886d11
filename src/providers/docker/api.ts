import { z } from 'zod';
import { ConflictError, TransientError, UnsupportedError } from '../../model/errors.ts';
import type { Answered } from '../../provider-kit/http-answer.ts';
import { createHttp, isNotFound, path, statusOf, type HttpReader, type HttpWriter } from '../../provider-kit/http.ts';
import type { Account } from '../../provider-kit/provider.ts';
import { engineFetch } from './engine-fetch.ts';
import { linesOf } from './log-frames.ts';
import { transportOf } from './transport.ts';

/** The Docker Engine API, typed: one function a call, and of every answer only what the handler relies on. */

const Version = z.object({ MinAPIVersion: z.string() });

const labels = z.record(z.string(), z.string()).nullish();

const Listed = z.object({
  Id: z.string(),
  Names: z.array(z.string()).nullish(),
  Labels: labels,
  /** Seconds since 1970. */
  Created: z.number(),
  Ports: z.array(z.object({ PublicPort: z.number().optional() })).nullish(),
});
export type Listed = z.infer<typeof Listed>;

const Inspected = z.object({
  Id: z.string(),
  /** With a slash before it. */
  Name: z.string(),
  /** Digest of the image's configuration: what runs, whatever its tags say now. */
  Image: z.string(),
  RestartCount: z.int().default(0),
  State: z.object({ Status: z.string(), Health: z.object({ Status: z.string() }).nullish() }),
  Config: z.object({
    Hostname: z.string().optional(),
    Env: z.array(z.string()).nullish(),
    Cmd: z.array(z.string()).nullish(),
    Labels: labels,
  }),
  HostConfig: z.object({
    Memory: z.number().default(0),
    NanoCpus: z.number().default(0),
    RestartPolicy: z.object({ Name: z.string() }).nullish(),
    PortBindings: z.record(z.string(), z.array(z.object({ HostPort: z.string() })).nullable()).nullish(),
  }),
});
export type Inspected = z.infer<typeof Inspected>;

const Image = z.object({
  Id: z.string(),
  RepoDigests: z.array(z.string()).nullish(),
  Config: z.object({ Labels: labels }).nullish(),
});
export type Image = z.infer<typeof Image>;

const ListedImages = z.array(z.object({ Id: z.string() }));
const Created = z.object({ Id: z.string() });

/** What `POST /containers/create` takes. */
export interface NewContainer {
  Image: string;
  Env: string[];
  Cmd?: string[];
  Labels: Record<string, string>;
  ExposedPorts: Record<string, object>;
  HostConfig: {
    PortBindings: Record<string, { HostIp: string; HostPort: string }[]>;
    RestartPolicy: { Name: string };
    Memory: number;
    NanoCpus: number;
  };
}

/** What an engine says while it pulls or builds, one object a line. */
const Line = z.object({ stream: z.string().optional(), status: z.string().optional(), error: z.string().optional() });
export type Line = z.infer<typeof Line>;

/** A conversation in one version of the API, for one operation. */
export interface ReadSession {
  containers(): Promise<Listed[]>;
  /** By id or name. */
  container(id: string): Promise<Inspected | undefined>;
  /** By reference or id. */
  image(reference: string): Promise<Image | undefined>;
  /** Ids of the images that bear all of these labels. */
  imagesLabelled(labels: Record<string, string>): Promise<string[]>;
  logs(id: string, lines: number): Promise<string[]>;
}

export interface WriteSession extends ReadSession {
  /** What it said; errors stand in it, because the answer's status is always 200. */
  pull(name: string, tag: string, registryAuth: string | undefined): Promise<Line[]>;
  build(context: Blob, options: { tag: string; dockerfile: string; labels: Record<string, string> }): Promise<Line[]>;
  create(name: string, container: NewContainer): Promise<string>;
  /** `port-taken`: somebody else listens on its port. Running already is success. */
  start(id: string): Promise<'started' | 'port-taken'>;
  /** Asks it to end and ends it after `graceSeconds`; stopped already, or gone, is success. */
  stop(id: string): Promise<void>;
  rename(id: string, name: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** An image that is in use, or gone, is left alone. */
  removeImage(id: string): Promise<void>;
}

export interface EngineReader {
  account: Account;
  /** Host under which published ports are reached. */
  host: string;
  /** Asks which versions of its API the engine speaks: the first call of every operation. */
  read(): Promise<ReadSession>;
}

export interface EngineWriter extends EngineReader {
  /** No message of the session repeats a value of `mask`. */
  write(mask: readonly string[]): Promise<WriteSession>;
}

/** The newest version that this client was written against. */
const NEWEST = '1.51';
const STOP_SECONDS = 10;
const WORK_SECONDS = 30 * 60;

const PORT_TAKEN = /port is already allocated|address already in use|ports are not available/i;

export function connect(account: Account): { reader: EngineReader; writer: EngineWriter } {
  const transport = transportOf(account);
  const { engine } = transport;
  const host = account.options['host'] ?? (engine.kind === 'unix' ? '127.0.0.1' : engine.host);
  const hidden = Object.values(account.credentials);
  const http = (prefix = '') =>
    createHttp({
      name: account.name,
      baseUrl: `${transport.origin}${prefix}`,
      fetch: engineFetch(transport),
      signal: account.signal,
      maxBytes: 64_000_000,
      credentialMend: 'check who may use this engine',
      mask: account.mask,
    });

  /**
   * A path without a version is deprecated, and engines drop old versions: so in the engine's own, as far as it is known
   * here. `/version` would say all at once, and takes Podman a second.
   */
  async function open() {
    const own = await http().reader.get('/_ping', { as: 'text', parse: (_, { headers }) => versionIn(headers) });
    if (!isLater(own, NEWEST)) return http(`/v${own}`);
    const { MinAPIVersion } = await http().reader.get('/version', { parse: (value) => Version.parse(value) });
    return http(`/v${isLater(MinAPIVersion, NEWEST) ? MinAPIVersion : NEWEST}`);
  }

  const reader: EngineReader = {
    account,
    host: String(host),
    read: async () => readSession((await open()).reader),
  };
  return {
    reader,
    writer: { ...reader, write: async (mask) => writeSession((await open()).writer, [...mask, ...hidden]) },
  };
}

function readSession(http: HttpReader): ReadSession {
  return {
    containers: () =>
      http.get('/containers/json', { query: { all: true }, parse: (value) => z.array(Listed).parse(value) }),
    container: (id) => http.find(path`/containers/${id}/json`, { parse: (value) => Inspected.parse(value) }),
    image: (reference) => http.find(`/images/${reference}/json`, { parse: (value) => Image.parse(value) }),
    async imagesLabelled(labels) {
      const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
      const query = { filters: JSON.stringify({ label }) };
      return (await http.get('/images/json', { query, parse: (value) => ListedImages.parse(value) })).map(
        ({ Id }) => Id,
      );
    },
    logs: (id, lines) =>
      http.get(path`/containers/${id}/logs`, {
        query: { stdout: true, stderr: true, tail: lines },
        as: 'bytes',
        parse: (bytes) => linesOf(bytes as Buffer),
      }),
  };
}

function writeSession(http: HttpWriter, mask: readonly string[]): WriteSession {
  const work = { mask, as: 'text', parse: parseLines, timeoutSeconds: WORK_SECONDS } as const;
  return {
    ...readSession(http),
    pull: (fromImage, tag, auth) =>
      http.post('/images/create', {
        ...work,
        query: { fromImage, tag },
        ...(auth === undefined ? {} : { headers: { 'x-registry-auth': auth } }),
      }),
    build: (body, { tag, dockerfile, labels }) =>
      http.post('/build', {
        ...work,
        query: { t: tag, dockerfile, labels: JSON.stringify(labels), rm: true, forcerm: true },
        headers: { 'content-type': 'application/x-tar' },
        body,
      }),
    create: async (name, json) =>
      (await http.post('/containers/create', { mask, query: { name }, json, parse: (value) => Created.parse(value) }))
        .Id,
    async start(id) {
      try {
        await http.post(path`/containers/${id}/start`, { mask });
      } catch (error) {
        if (PORT_TAKEN.test((error as Error).message)) return 'port-taken';
        if (statusOf(error) !== 304) throw error;
      }
      return 'started';
    },
    async stop(id) {
      const query = { t: STOP_SECONDS };
      await http
        .post(path`/containers/${id}/stop`, { mask, query, timeoutSeconds: STOP_SECONDS + 30 })
        .catch(ignore304);
    },
    rename: (id, name) => http.post(path`/containers/${id}/rename`, { mask, query: { name } }),
    async remove(id) {
      try {
        await http.delete(path`/containers/${id}`, { mask, query: { force: true, v: true } });
      } catch (error) {
        // An earlier try is still at it.
        if (error instanceof ConflictError) throw new TransientError(error.message, { cause: error });
        throw error;
      }
    },
    async removeImage(id) {
      await http.delete(`/images/${id}`, { mask }).catch((error: unknown) => {
        if (statusOf(error) !== 409) throw error;
      });
    },
  };
}

function ignore304(error: unknown): void {
  if (statusOf(error) !== 304 && !isNotFound(error)) throw error;
}

function parseLines(text: unknown): Line[] {
  const lines = String(text)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  return lines.map((line) => Line.parse(JSON.parse(line)));
}

function versionIn(headers: Answered['headers']): string {
  const version = headers.get('api-version');
  if (version && /^\d+\.\d+$/.test(version)) return version;
  throw new UnsupportedError('what answers there is no Docker engine', { mend: 'check its address' });
}

/** Versions are `1.41`: two numbers, not one. */
function isLater(a: string, b: string): boolean {
  const [[aMajor = 0, aMinor = 0], [bMajor = 0, bMinor = 0]] = [a, b].map((text) => text.split('.').map(Number)) as [
    number[],
    number[],
  ];
  return aMajor === bMajor ? aMinor > bMinor : aMajor > bMajor;
}
