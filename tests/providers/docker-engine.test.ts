import { copyFile, chmod } from 'node:fs/promises';
import { get, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digest } from '../../src/model/canonical.ts';
import type { DeployError } from '../../src/model/errors.ts';
import type { JsonObject } from '../../src/model/resource.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import type { Account, Desired, Observed } from '../../src/provider-kit/provider.ts';
import { connect } from '../../src/providers/docker/api.ts';
import { service } from '../../src/providers/docker/service.ts';
import { folderOf } from '../conformance/source-folder.ts';
import { BUSYBOX, startPodman, whyNoEngine, type Podman } from './docker-podman.ts';

const reason = whyNoEngine();
if (reason) console.log(`docker: nothing is tried on a real engine, because ${reason}`);

const DOCKERFILE = `FROM scratch
COPY busybox /bin/busybox
COPY start /start
CMD ["/bin/busybox", "sh", "/start"]
`;

/** Serves its level; ends when asked to, and at once when it is broken. */
const START = `
trap 'echo bye; exit 0' TERM
b=/bin/busybox
echo "starting $LEVEL"
if [ "$LEVEL" = broken ]; then echo 'no such level' >&2; exit 3; fi
$b mkdir -p /www
echo -n "$LEVEL" > /www/level
$b httpd -f -p "$PORT" -h /www &
wait $!
`;

/** The source folder of the image. */
const source = (() => {
  const folder = folderOf({ Dockerfile: DOCKERFILE, start: START });
  return {
    ...folder,
    async materialise(into: string) {
      await folder.materialise(into);
      await copyFile(BUSYBOX, join(into, 'busybox'));
      await chmod(join(into, 'busybox'), 0o755);
    },
  };
})();

function desired(level: string, more: JsonObject = {}): Desired {
  const spec = {
    source: { dir: 'app', dockerfile: 'Dockerfile' },
    port: 8080,
    env: { LEVEL: level },
    health: { path: '/level', timeoutSeconds: 5, graceSeconds: 20 },
    resources: { memoryBytes: 64 * 1024 * 1024, millicpu: 500 },
    replicas: 1,
    domains: [],
    ...more,
  };
  return {
    ...targetOf('acme', 'production', 'service/api'),
    spec,
    hash: digest(spec),
    replicas: 1,
    commit: null,
    source,
  };
}

describe.skipIf(reason !== undefined)('a real engine', () => {
  let podman: Podman;
  const stop = new AbortController();
  const run = { progress: () => undefined, signal: stop.signal };
  const account = (): Account => ({
    name: 'docker',
    options: {
      engine: podman.engine,
      ports: `${30_000 + (process.pid % 27) * 100}-${30_099 + (process.pid % 27) * 100}`,
    },
    credentials: {},
    home: '',
    signal: stop.signal,
    delay: async (milliseconds) => void (await wait(milliseconds)),
  });
  const client = () => connect(account()).writer;
  beforeAll(async () => void (podman = await startPodman()));
  afterAll(() => podman.stop());

  // An engine beside a busy suite is not ours to promise: once more, from nothing, before it counts as a failure.
  test('built, run, changed, failed, stopped, crashed, put back and taken away', { retry: 1 }, async () => {
    const engine = client();
    const target = desired('one');
    await service.remove(engine, target, run);
    const read = () => service.read(engine, target);

    const first = await service.ensure(engine, desired('one'), run);
    expect(first).toMatchObject({
      phase: 'live',
      id: target.identity,
      owner: { fleet: 'acme', environment: 'production' },
    });
    const { url } = first.outputs as { url: string };
    expect(await body(`${url}/level`)).toBe('one');
    expect(service.diff(desired('one'), first)).toEqual([]);
    expect(await service.ensure(engine, desired('one'), run)).toEqual(first);
    expect(await service.list(engine, { fleet: 'acme', environment: 'production', identities: new Map() })).toEqual([
      first,
    ]);
    expect(await service.logs!(engine, target, { lines: 5 })).toContain('starting one');

    // Changed while somebody asks all the time.
    const visitor = visit(`${url}/level`);
    const second = await service.ensure(engine, desired('two'), run);
    const seen = await visitor.end();
    expect(second.outputs).toEqual(first.outputs);
    expect(second.deployment).not.toBe(first.deployment);
    expect(await body(`${url}/level`)).toBe('two');
    console.log(
      `docker: while a version was replaced ${seen.answered} requests were answered and none for ${seen.gap} ms`,
    );

    const error = (await service
      .ensure(engine, desired('broken'), run)
      .catch((caught: unknown) => caught)) as DeployError;
    expect(error).toMatchObject({ tag: 'deploy', restored: true });
    expect(error.log).toEqual(['starting broken', 'no such level']);
    expect(await read()).toEqual(second);
    expect(await body(`${url}/level`)).toBe('two');

    await post(podman, `/containers/${target.identity}/stop?t=5`);
    const stopped = (await read()) as Observed;
    expect(service.diff(desired('two'), stopped)).not.toEqual([]);
    expect(await service.ensure(engine, desired('two'), run)).toEqual(second);
    expect(await service.logs!(engine, target, { lines: 1 })).toEqual(['starting two']);

    // Its process dies: the engine starts it again.
    const before = await processOf(podman, target.identity);
    process.kill(before, 'SIGKILL');
    while ([0, before].includes(await processOf(podman, target.identity))) await wait(20);
    await service.ensure(engine, desired('two'), run);
    expect(await body(`${url}/level`)).toBe('two');

    const back = await service.rollback!(engine, target, first.deployment as string, run);
    expect(back).toEqual(first);
    expect(await body(`${url}/level`)).toBe('one');

    await service.remove(engine, target, run);
    expect(await read()).toBeUndefined();
    expect(JSON.parse(await ask(podman, 'GET', '/containers/json?all=true'))).toEqual([]);
    expect(JSON.parse(await ask(podman, 'GET', '/images/json?all=true'))).toEqual([]);
    await service.remove(engine, target, run);
  });
});

function body(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // A port whose container is going may take a connection and never answer it.
    const asked = get(url, { agent: false, timeout: 2_000 }, (answer) => {
      let text = '';
      answer
        .setEncoding('utf8')
        .on('data', (chunk) => (text += chunk))
        .on('end', () => resolve(text));
    });
    asked.once('timeout', () => asked.destroy(new Error(`${url} did not answer`))).once('error', reject);
  });
}

/** Asks again and again; `gap`: the longest time without an answer, in milliseconds. */
function visit(url: string) {
  const goes = new AbortController();
  let [answered, last, gap] = [0, performance.now(), 0];
  const done = (async () => {
    while (!goes.signal.aborted) {
      const well = await body(url).then(
        (text) => text !== '',
        () => false,
      );
      if (!well) continue;
      answered += 1;
      gap = Math.max(gap, performance.now() - last);
      last = performance.now();
      await wait(5);
    }
  })();
  return {
    async end() {
      await body(url);
      goes.abort();
      await done;
      return { answered, gap: Math.round(gap) };
    },
  };
}

const post = (podman: Podman, path: string) => ask(podman, 'POST', path);

async function processOf(podman: Podman, name: string): Promise<number> {
  return (JSON.parse(await ask(podman, 'GET', `/containers/${name}/json`)) as { State: { Pid: number } }).State.Pid;
}

function ask({ engine }: Podman, method: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { socketPath: engine.slice('unix://'.length), method, path: `/v1.41${path}`, agent: false };
    request(options, (answer) => {
      let text = '';
      answer
        .setEncoding('utf8')
        .on('data', (chunk) => (text += chunk))
        .on('end', () => resolve(text));
    })
      .once('error', reject)
      .end();
  });
}
