import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/model/resource.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import type { Account, Desired, Handler, Observed, StepRun, Target } from '../../src/provider-kit/provider.ts';
import { MARK_VARIABLE } from '../../src/providers/local/process-mark.ts';
import type { LocalReader, LocalWriter } from '../../src/providers/local/client.ts';
import { instanceFolder } from '../../src/providers/local/layout.ts';
import { type ProcessId, processesMarked } from '../../src/providers/local/process-id.ts';
import type { Status } from '../../src/providers/local/protocol.ts';
import { provider } from '../../src/providers/local/provider.ts';
import { readState, type State } from '../../src/providers/local/state-file.ts';

/** A service that answers with `VERSION`, and does what its environment says on the way. */
export const SERVER = `
const { createServer } = require('node:http');
const { env } = process;
console.log('starting', env.VERSION);
if (env.EXIT) { console.error('no database'); process.exit(Number(env.EXIT)); }
const server = createServer((request, response) => {
  if (request.url === '/healthz') response.statusCode = Number(env.HEALTH || 200);
  if (request.url === '/pid') return response.end(String(process.pid));
  if (request.url === '/env') return response.end(JSON.stringify(env));
  response.end(env.VERSION);
});
server.on('upgrade', (request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\n');
  socket.pipe(socket);
});
server.listen(env.PORT, env.HOST);
`;

export interface LocalWorld {
  home: string;
  reader: LocalReader;
  writer: LocalWriter;
  run: StepRun;
  told: string[];
  target: Target;
  folder: string;
  handler: Handler<LocalReader, LocalWriter>;
  desired(hash: string, spec?: JsonObject, files?: Record<string, string>): Desired;
  ensure(hash: string, spec?: JsonObject): Promise<Observed>;
  read(): Promise<Observed | undefined>;
  list(): Promise<Observed[]>;
  remove(): Promise<void>;
  state(): State;
  status(): Promise<Status>;
  /** Processes of the service. */
  children(): ProcessId[];
  /** Ids of the runner processes, found by their arguments. */
  runners(): number[];
}

const delay = async (milliseconds: number): Promise<void> => void (await wait(milliseconds));

/** A home of its own on this machine; whatever is in it at the end of the test is removed. */
export function localWorld(kind: 'service' | 'site' = 'service', options: JsonObject = {}): LocalWorld {
  const home = mkdtempSync(join(tmpdir(), 'flotilla-test-'));
  const { signal } = new AbortController();
  const account: Account = { name: 'local', options, credentials: {}, home, signal, delay };
  const [reader, writer] = [provider.reader(account), provider.writer(account)];
  const handler = provider.handlers[kind] as Handler<LocalReader, LocalWriter>;
  const target = targetOf('acme', 'production', `${kind}/main`);
  const told: string[] = [];
  const run: StepRun = { signal, progress: (message) => told.push(message) };
  const folder = instanceFolder(home, target);
  const state = (): State => readState(folder) as State;
  const desired = (hash: string, spec = serviceSpec({ VERSION: hash }), files = FILES): Desired => ({
    ...target,
    spec,
    hash,
    replicas: Number(spec.replicas ?? 1),
    commit: null,
    source: sourceOf(files),
  });
  const remove = (): Promise<void> => handler.remove(writer, target, run);
  onTestFinished(async () => {
    await remove().catch(() => undefined);
    rmSync(home, { recursive: true, force: true });
  });
  return {
    home,
    reader,
    writer,
    run,
    told,
    target,
    folder,
    handler,
    desired,
    state,
    remove,
    ensure: (hash, spec) => handler.ensure(writer, desired(hash, spec), run),
    read: () => handler.read(reader, target),
    list: () => handler.list(reader, { fleet: 'acme', environment: 'production', identities: new Map() }),
    status: async () => (await reader.look(target))?.status as Status,
    children: () => (existsSync(folder) ? processesMarked(MARK_VARIABLE, state().mark) : []),
    runners: () => processesWith(folder),
  };
}

const FILES = { 'server.cjs': SERVER };

export function serviceSpec(env: Record<string, string>, more: JsonObject = {}): JsonObject {
  return { source: { dir: 'app', command: [process.execPath, 'server.cjs'] }, env, replicas: 1, ...more };
}

export function siteSpec(more: JsonObject = {}): JsonObject {
  return { dir: 'web', env: {}, redirects: [], headers: [], domains: [], ...more };
}

export function sourceOf(files: Record<string, string>): NonNullable<Desired['source']> {
  return {
    dir: 'app',
    tree: 'tree',
    async materialise(into) {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(into, path)), { recursive: true });
        await writeFile(join(into, path), text);
      }
    },
  };
}

/** Asks again until the condition holds; fails with what it last was. */
export async function waitFor<T>(look: () => T | Promise<T>, holds: (value: T) => boolean, limit = 15_000): Promise<T> {
  for (const deadline = Date.now() + limit; ;) {
    const value = await look();
    if (holds(value)) return value;
    if (Date.now() > deadline) expect.unreachable(`still ${JSON.stringify(value)} after ${limit} ms`);
    await wait(10);
  }
}

/** A new connection each, so that each goes to the next process. */
export async function ask(observed: Observed, path = '/'): Promise<string> {
  const response = await fetch(`${observed.outputs.url}${path}`, { headers: { connection: 'close' } });
  return response.text();
}

/** Ids of living processes that have `text` among their arguments. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/cmdline`).split('\0').includes(text))
    .map(Number);
}

export function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
