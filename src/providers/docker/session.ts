import { z } from 'zod';
import { ConflictError, TransientError } from '../../model/errors.ts';
import { isNotFound, path, statusOf, type HttpReader, type HttpWriter } from '../../provider-kit/http.ts';
import { Created, Image, Inspected, Line, Listed, ListedImages, type NewContainer } from './engine-shapes.ts';
import { linesOf } from './log-frames.ts';

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
  /** What it said, also told as it comes; errors stand in it, because the answer's status is always 200. */
  pull(name: string, tag: string, registryAuth: string | undefined, heard: Heard): Promise<Line[]>;
  build(
    context: Blob,
    options: { tag: string; dockerfile: string; labels: Record<string, string> },
    heard: Heard,
  ): Promise<Line[]>;
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

type Heard = (line: Line) => void;

const STOP_SECONDS = 10;
const WORK_SECONDS = 30 * 60;

const PORT_TAKEN = /port is already allocated|address already in use|ports are not available/i;

/** The Docker Engine API, typed: one function a call. */
export function readSession(http: HttpReader): ReadSession {
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

export function writeSession(http: HttpWriter, mask: readonly string[]): WriteSession {
  const work = { mask, as: 'text', parse: parseLines, timeoutSeconds: WORK_SECONDS } as const;
  return {
    ...readSession(http),
    pull: (fromImage, tag, auth, heard) =>
      http.post('/images/create', {
        ...work,
        heard: asLines(heard),
        query: { fromImage, tag },
        ...(auth === undefined ? {} : { headers: { 'x-registry-auth': auth } }),
      }),
    build: (body, { tag, dockerfile, labels }, heard) =>
      http.post('/build', {
        ...work,
        heard: asLines(heard),
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

/** What is no line of an engine is met, and told, by the parser of the whole. */
function asLines(heard: Heard): (text: string) => void {
  return (text) => {
    let lines: Line[];
    try {
      lines = parseLines(text);
    } catch {
      return;
    }
    lines.forEach(heard);
  };
}

function parseLines(text: unknown): Line[] {
  const lines = String(text)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  return lines.map((line) => Line.parse(JSON.parse(line)));
}
