/** A service moves from one provider to another while requests go on, by one line of the config. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { apply, status, type Outcome, type Ports } from '../../src/index.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import { temporaryRepository } from '../record/temporary-repository.ts';
import { portsOf, providersSection, startProviders, type FakeProvider } from './fake-providers.ts';
import { jumpingClock, requestFor } from './world.ts';

const TARGET = targetOf('mover', 'production', 'service/api');

test('Render to Fly.io: no request fails, the old one goes last, after its grace', async () => {
  await using world = await settled();
  const { render, fly, front } = world;
  const deployed = await front.answered();
  expect(deployed).toBe('render');

  const traffic = front.traffic();
  const during: unknown[] = [];
  world.meanwhile = async () => {
    // All new requests go to the new place, and the old one would answer those who still ask it.
    await traffic.until('fly');
    during.push(await render.world.count(TARGET), await fly.world.count(TARGET));
  };
  const moved = await world.apply('fly');
  const { answers, failed, repeated } = await traffic.stop();

  expect(moved.plan.steps.map(({ id, action, after, graceSeconds }) => ({ id, action, after, graceSeconds }))).toEqual([
    { id: 'service/api@fly', action: 'move', after: [] },
    { id: 'service/api@render', action: 'delete', after: ['service/api@fly'], graceSeconds: 30 },
  ]);
  expect(world.clock.waits).toEqual([30_000]);
  expect(during).toEqual([1, 1]);
  expect(moved.result).toBe('succeeded');
  console.log(
    `Render to Fly.io: ${answers.length} requests meanwhile, ${failed.length} failed, ${repeated} looked up again`,
  );
  expect(failed).toEqual([]);
  expect([...new Set(answers)]).toEqual(['render', 'fly']);
  expect([await render.world.count(TARGET), await fly.world.count(TARGET)]).toEqual([0, 1]);
  expect(world.lastWriteAt('fly')).toBeLessThan(world.lastWriteAt('render'));
});

test('a new place that fails leaves everything as it was', async () => {
  await using world = await settled();
  const { render, fly, front } = world;
  const before = await world.serving();
  const writes = writesOf(render);
  fly.world.fate!('fails');

  const traffic = front.traffic();
  const moved = await world.apply('fly');
  const { answers, failed } = await traffic.stop();

  expect(moved.steps.map(({ step, result }) => `${step.id} ${result}`)).toEqual([
    'service/api@fly failed',
    'service/api@render skipped',
  ]);
  console.log(`a failed move: ${answers.length} requests meanwhile, ${failed.length} failed`);
  expect(failed).toEqual([]);
  expect([...new Set(answers)]).toEqual(['render']);
  expect(await world.serving()).toEqual(before);
  expect(writesOf(render)).toBe(writes);
  expect(await render.world.count(TARGET)).toBe(1);
});

test('interrupted while the old one is kept: both are there, and the next apply takes the old one away at once', async () => {
  await using world = await settled();
  const { render, fly } = world;
  world.meanwhile = async () => world.interrupt();
  const moved = await world.apply('fly');
  expect(moved.result).toBe('interrupted');
  expect(moved.steps.map(({ step, result, because }) => [step.id, result, because])).toEqual([
    ['service/api@fly', 'succeeded', undefined],
    ['service/api@render', 'skipped', 'the run was interrupted'],
  ]);
  expect([await render.world.count(TARGET), await fly.world.count(TARGET)]).toEqual([1, 1]);

  world.meanwhile = async () => {};
  const next = await world.apply('fly');
  expect(next.steps.map(({ step, result }) => `${step.action} ${step.id} ${result}`)).toEqual([
    'delete service/api@render succeeded',
  ]);
  expect(world.clock.waits).toEqual([30_000]);
  expect([await render.world.count(TARGET), await fly.world.count(TARGET)]).toEqual([0, 1]);
});

test('a crash while the old one is kept: the next run resumes and takes it away', async () => {
  await using world = await settled();
  const { render, fly } = world;
  // The first run is stuck in its wait for ever, as if its machine were gone; its lease is taken over.
  const reached = Promise.withResolvers<void>();
  world.meanwhile = () => (reached.resolve(), new Promise(() => {}));
  void world.apply('fly');
  await reached.promise;
  expect([await render.world.count(TARGET), await fly.world.count(TARGET)]).toEqual([1, 1]);

  world.meanwhile = async () => {};
  const next = await world.apply('fly', { isRunAlive: async () => false });
  expect(next.result).toBe('succeeded');
  expect(next.steps.map(({ step, result }) => `${step.action} ${step.id} ${result}`)).toEqual([
    'delete service/api@render succeeded',
  ]);
  expect([await render.world.count(TARGET), await fly.world.count(TARGET)]).toEqual([0, 1]);
});

/** A service that is live on Render, and a front that leads to it. */
async function settled() {
  const [render, fly] = (await startProviders(['render', 'fly'])) as [FakeProvider, FakeProvider];
  const repository = temporaryRepository();
  const clock = jumpingClock();
  let stop = new AbortController();
  const ports = await portsOf(repository.root, [render, fly], () => {}, {
    ...clock,
    delay: async (milliseconds) => {
      const waited = clock.delay(milliseconds);
      await world.meanwhile();
      return waited;
    },
  });
  const order: string[] = [];
  for (const { type, world } of [render, fly])
    world.server!.faults.add({
      match: ({ write }) => write,
      act: { kind: 'hook', when: 'after', run: () => void order.push(type) },
    });
  const front = await startFront(ports, [render, fly]);
  const world = {
    render,
    fly,
    front,
    clock,
    /** Run while the engine waits. */
    meanwhile: async () => {},
    interrupt: () => stop.abort(),
    lastWriteAt: (type: string) => order.lastIndexOf(type),
    serving: async () => (await status('production', ports)).resources.get('service/api')?.instances['render'],
    apply(place: string, change: Partial<Ports> = {}): Promise<Outcome> {
      const commit = repository.commit({ 'flotilla.yml': configOf(place, [render, fly]) });
      stop = new AbortController();
      return apply(requestFor({ commit }), { ...ports, signal: stop.signal, ...change });
    },
    async [Symbol.asyncDispose]() {
      await front.stop();
      await Promise.all([render.world.stop(), fly.world.stop()]);
      repository[Symbol.dispose]();
    },
  };
  expect((await world.apply('render')).result).toBe('succeeded');
  return world;
}

function configOf(place: string, fakes: FakeProvider[]): string {
  return `fleet: mover
providers: ${JSON.stringify(providersSection(fakes))}
services:
  api:
    source: { image: ghcr.io/acme/api@sha256:${'a'.repeat(64)} }
    port: 8080
    place: { on: [${place}] }
`;
}

function writesOf({ world }: FakeProvider): number {
  return world.server!.calls.filter(({ write }) => write).length;
}

/** A front that leads each request to where the record says that the service is, as a proxy or DNS would. */
async function startFront(ports: Ports, fakes: FakeProvider[]) {
  let repeated = 0;
  const server = createServer((_, response) => {
    // Looked up just before the place changed: a proxy looks once more.
    const again = () => ((repeated += 1), answer());
    answer()
      .catch(again)
      .then(
        (type) => response.end(type),
        (error: Error) => response.writeHead(502).end(error.message),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  /** Which provider answered: the newest place in the record, as long as the service is there. */
  async function answer(): Promise<string> {
    const instances = (await status('production', ports)).resources.get('service/api')?.instances ?? {};
    const [place] = Object.entries(instances)
      .filter(([, { id, phase, outputs }]) => id !== null && phase === 'live' && outputs['url'])
      .toSorted(([, a], [, b]) => b.deployments[0]!.at.localeCompare(a.deployments[0]!.at));
    const fake = fakes.find(({ type }) => type === place?.[0]);
    if (!fake) throw new Error('the record names no place');
    if ((await fake.world.count(TARGET)) !== 1) throw new Error(`${place![1].outputs['url']} does not answer`);
    return fake.type;
  }

  async function ask(): Promise<{ ok: boolean; text: string }> {
    const response = await fetch(url);
    return { ok: response.ok, text: await response.text() };
  }

  return {
    answered: async () => (await ask()).text,
    /** One request after the other from two clients, until stopped. */
    traffic() {
      const answers: string[] = [];
      const failed: string[] = [];
      const stopped = new AbortController();
      const client = async () => {
        while (!stopped.signal.aborted) {
          const { ok, text } = await ask();
          (ok ? answers : failed).push(text);
          await turn();
        }
      };
      const clients = [client(), client()];
      return {
        async until(text: string) {
          while (answers.at(-1) !== text) await turn();
        },
        async stop() {
          stopped.abort();
          await Promise.all(clients);
          return { answers, failed, repeated };
        },
      };
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
