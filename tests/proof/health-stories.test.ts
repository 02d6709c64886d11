/** What health runs do about what they find, as people see it on GitHub. */
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { beat, bringBack } from '../../src/index.ts';
import { journal, MINUTE, nameOf, watched, type WatchedWorld } from './watched.ts';

const HOUR = 60 * MINUTE;
const QUICK = 'health: { path: /, fail_after: 1, recover_after: 1 }';
const service = (name: string, more = 'place: { on: [east] }') =>
  `  ${name}: { source: { image: nginx }, ${QUICK}, ${more} }`;
const MOVING = 'failover: { after: 1, do: [move] }';

const only = <T>(items: Iterable<T>): T => {
  const [one, ...others] = items;
  expect(others).toEqual([]);
  return one as T;
};

describe('drift', () => {
  const tampered = async (more: string): Promise<WatchedWorld> => {
    const world = await watched(service('api'), more);
    await world.round();
    world.east.tamper(only(world.east.resources.keys()), { replicas: 4 });
    return world;
  };
  const replicas = ({ east }: WatchedWorld) => [...east.resources.values()].map(({ serving }) => serving?.replicas);

  test('is told with what differs, and left alone, unless the config says otherwise', async () => {
    await using world = await tampered('');
    const { outcome } = await world.round();
    expect(outcome.opened).toMatchObject([{ kind: 'drift', subject: 'service/api' }]);
    expect(only(world.issues()).body).toMatch(/replicas.*4/);
    await world.rounds(2);
    expect(replicas(world)).toEqual([4]);
    world.east.tamper(only(world.east.resources.keys()), { replicas: 1 });
    await world.round();
    expect(only(world.issues())).toMatchObject({ state: 'closed' });
  });

  test('is repaired where the config says so, and the incident ends', async () => {
    await using world = await tampered('drift: repair');
    const { outcome } = await world.round();
    expect(outcome.healed).toMatchObject([{ resource: 'service/api', action: 'repair', result: 'succeeded' }]);
    expect(replicas(world)).toEqual([1]);
    await world.round();
    expect(only(world.issues())).toMatchObject({ state: 'closed' });
  });

  test('also what was deleted is made again', async () => {
    await using world = await watched(service('api'), 'drift: repair');
    await world.round();
    const { url } = world.east;
    const id = only(world.east.resources.keys());
    await fetch(`${url}/v1/resources/${id}`, { method: 'DELETE' });
    const { outcome } = await world.round();
    expect(outcome.opened.map(({ kind }) => kind)).toContain('drift');
    expect(world.east.resources.size).toBe(1);
    await world.rounds(2);
    expect(world.issues().filter(({ state }) => state === 'open')).toEqual([]);
  });
});

describe('an outage of a whole provider', () => {
  const names = ['a', 'b', 'c', 'd'];

  test('is one incident, and one apply moves all, to an account that was only just named', async () => {
    await using world = await watched(names.map((name) => service(name)).join('\n'));
    await world.change(names.map((name) => service(name, `place: { on: [east, west] }, ${MOVING}`)).join('\n'));
    await world.round();
    world.east.outages.add('*');
    const applies = (await journal(world)).filter(({ kind }) => kind === 'apply.started').length;
    const { outcome } = await world.round();
    expect(outcome.opened).toMatchObject([{ kind: 'provider', subject: 'provider/east' }]);
    expect(outcome.healed.map(({ resource }) => resource).toSorted()).toEqual(names.map((name) => `service/${name}`));
    expect((await journal(world)).filter(({ kind }) => kind === 'apply.started')).toHaveLength(applies + 1);
    expect([world.east.resources.size, world.west.resources.size]).toEqual([0, 4]);
    await world.rounds(2);
    expect(only(world.issues())).toMatchObject({ state: 'closed' });
  });
});

describe('those that depend on another', () => {
  test('are listed in its incident', async () => {
    await using world = await watched(
      `${service('api')}\n${service('web', 'place: { on: [west] }, env: { API: "${service.api.url}" }')}`,
    );
    await world.round();
    for (const cloud of [world.east, world.west]) cloud.outages.add('*');
    const { outcome } = await world.round();
    expect(only(outcome.opened)).toMatchObject({ subject: 'service/api', dependants: ['service/web'] });
    expect(only(world.issues()).body).toContain('service/web');
    world.east.outages.clear();
    world.west.outages.clear();
    await world.rounds(2);
    expect(only(world.issues())).toMatchObject({ state: 'closed' });
  });
});

describe('maintenance', () => {
  test('by the config: recorded, and nobody is called', async () => {
    const window = 'from: 2026-11-20T12:00Z, to: 2026-11-20T14:00Z, reason: new disks';
    await using world = await watched(service('api', MOVING), `maintenance: [{ ${window} }]`);
    await world.round();
    for (const cloud of [world.east, world.west]) cloud.outages.add('*');
    const { outcome } = await world.round();
    expect(only(outcome.open).muted).toContain('new disks');
    expect(outcome.healed).toEqual([]);
    expect(world.issues()).toEqual([]);
    world.pass(2 * HOUR);
    await world.rounds(3);
    expect(only(world.issues())).toMatchObject({ state: 'open' });
  });

  test('by an issue with dates, under our labels', async () => {
    await using world = await watched(service('api'));
    await world.api('POST', '/issues', {
      title: 'New disks',
      body: 'From 2026-11-20 12:00 UTC until 2026-11-20 14:00 UTC, service/api.',
      labels: ['flotilla', 'maintenance'],
    });
    await world.round();
    world.east.outages.add('*');
    const { outcome } = await world.round();
    expect(only(outcome.open).muted).toContain('New disks');
    expect(world.issues()).toHaveLength(1);
  });
});

describe('where a failover took it from', () => {
  const left = async (policy: string): Promise<WatchedWorld & { home: () => number }> => {
    const world = await watched(service('api', policy));
    await world.round();
    const [from, to] = world.east.resources.size > 0 ? [world.east, world.west] : [world.west, world.east];
    from.outages.add('*');
    await world.rounds(2);
    expect([from.resources.size, to.resources.size]).toEqual([0, 1]);
    from.outages.clear();
    return Object.assign(world, { home: () => from.resources.size });
  };

  test('it goes back by itself with back: auto, once that has been well for long', async () => {
    await using world = await left('failover: { after: 1, do: [move], back: auto, cool_down: 10m }');
    await world.rounds(2);
    expect(world.home()).toBe(0);
    await world.rounds(12);
    expect(world.home()).toBe(1);
    await world.rounds(2);
    expect(world.issues().filter(({ state }) => state === 'open')).toEqual([]);
  });

  test('it goes back when a person says so', async () => {
    await using world = await left(MOVING);
    await world.rounds(14);
    expect(world.home()).toBe(0);
    await bringBack('production', 'service/api', world.open().ports);
    await world.rounds(1);
    expect(world.home()).toBe(1);
  });
});

describe('a job', () => {
  test('that does not report in time is an incident until it does', async () => {
    const job =
      'jobs:\n  nightly: { source: { image: nginx }, schedule: "0 3 * * *", health: { heartbeat: 25h }, place: { on: [east] } }';
    await using world = await watched(service('api'), job);
    await beat('production', 'job/nightly', world.open().ports);
    await world.round();
    world.pass(24 * HOUR);
    await world.round();
    expect(world.issues()).toEqual([]);
    world.pass(HOUR);
    expect((await world.round()).outcome.opened).toMatchObject([{ kind: 'heartbeat', subject: 'job/nightly' }]);
    expect(only(world.issues()).title).toContain('job/nightly');
    await beat('production', 'job/nightly', world.open().ports);
    await world.round();
    expect(only(world.issues())).toMatchObject({ state: 'closed' });
  });
});

describe('a certificate', () => {
  test('that ends soon is an incident until it is renewed', async () => {
    await using world = await watched(service('api'));
    const seen = (days: number) => {
      world.pass(5 * MINUTE);
      const at = world.now().toISOString();
      const certificateExpires = new Date(world.now().getTime() + days * 24 * HOUR).toISOString();
      const sample = {
        instance: 'service/api@east',
        at,
        ok: true,
        milliseconds: 9,
        tries: 1,
        certificateExpires,
      } as const;
      return world.round({ rounds: [{ at, samples: [sample] }] });
    };
    await seen(60);
    expect((await seen(9)).outcome.opened).toMatchObject([{ kind: 'certificate', subject: 'service/api' }]);
    expect(only(world.issues()).title).toContain('certificate');
    await seen(60);
    expect(only(world.issues())).toMatchObject({ state: 'closed' });
  });
});

describe('a webhook', () => {
  /** Keeps what it is told. */
  async function receiver() {
    const told: { event: unknown; signature: unknown; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request
        .on('data', (chunk: Buffer) => (body += chunk.toString()))
        .on('end', () => {
          const { 'x-flotilla-event': event, 'x-flotilla-signature-256': signature } = request.headers;
          told.push({ event, signature, body });
          response.end();
        });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return { told, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
  }

  test('is told once of each incident and of its end, signed', async () => {
    const { told, url } = await receiver();
    const incidents = `incidents: { allow_private: true, webhook: { url: "${url}", secret: "\${secret.CHAT}" } }`;
    await using world = await watched(service('api'), incidents);
    world.given = { env: { CHAT: 'wharf-4711' } };
    await world.round();
    world.east.outages.add('*');
    await world.rounds(3);
    world.east.outages.clear();
    await world.rounds(3);
    expect(told.map(({ event }) => event)).toEqual(['incident.opened', 'incident.closed']);
    for (const { signature, body } of told) {
      expect(signature).toBe(`sha256=${createHmac('sha256', 'wharf-4711').update(body).digest('hex')}`);
      expect(JSON.parse(body)).toMatchObject({ fleet: 'proof', incident: { subject: 'service/api' } });
      expect(body).not.toContain('wharf-4711');
    }
  });

  test('at an address that is not public is not called, unless that is allowed', async () => {
    const { told, url } = await receiver();
    await using world = await watched(
      service('api'),
      `incidents: { webhook: { url: "${url.replace('http:', 'https:')}" } }`,
    );
    await world.round();
    world.east.outages.add('*');
    const { outcome } = await world.round();
    expect(outcome.opened).toHaveLength(1);
    expect(told).toEqual([]);
    expect(outcome.notes.join()).toContain('webhook');
  });
});

describe('a token that may not write issues', () => {
  test('is no error: the record and the check say it', async () => {
    await using world = await watched(service('api'));
    world.given = { permissions: { contents: 'write', checks: 'write', deployments: 'write', actions: 'read' } };
    await world.round();
    world.east.outages.add(nameOf(world.east, 'api'));
    const { outcome } = await world.round();
    expect(outcome.opened).toHaveLength(1);
    expect(world.issues()).toEqual([]);
    expect(world.checks().at(-1)).toMatchObject({ conclusion: 'failure' });
    expect(outcome.notes.join()).toContain('issues: write');
    const { requests } = await world.round();
    expect(requests.filter((request) => request !== 'Snapshot' && request !== 'Commit')).toEqual([]);
    world.east.outages.clear();
    await world.rounds(3);
    expect(await world.closed()).toHaveLength(1);
  });
});

describe('an account that does not answer', () => {
  test('is left alone by the runs after, until it is due, and then asked once more', async () => {
    await using world = await watched(service('api'));
    await world.round();
    const asked = async (): Promise<[calls: number, notes: string]> => {
      const before = world.east.calls.length;
      const { outcome } = await world.round();
      const calls = world.east.calls.slice(before).filter(({ path }) => path.startsWith('/v1/'));
      return [calls.length, outcome.notes.join()];
    };
    const mend = world.east.faults.add({
      match: ({ path }) => path.startsWith('/v1/'),
      act: { kind: 'status', status: 503 },
    });
    expect((await asked())[0]).toBeGreaterThan(0);
    expect((await asked())[0]).toBeGreaterThan(0); // a minute is over
    const [calls, notes] = await asked();
    expect(calls).toBe(0); // ten are not
    expect(notes).toContain('east did not answer, and is not asked until');
    mend();
    expect((await asked())[0]).toBeGreaterThan(0);
    expect(JSON.parse((await world.world.state('production/health.json')) ?? '{}')).toMatchObject({ breakers: {} });
    expect(world.issues()).toEqual([]);
  });
});

describe('a provider that dies, its API with it', () => {
  test('is left; what stands there is removed when it answers again, and only that', async () => {
    await using world = await watched(`${service('api', MOVING)}`);
    await world.round();
    const [from, to] = world.east.resources.size > 0 ? [world.east, world.west] : [world.west, world.east];
    from.outages.add('*');
    const mend = from.faults.add({
      match: ({ path }) => path.startsWith('/v1/'),
      act: { kind: 'status', status: 503 },
    });
    const { outcome } = await world.round();
    expect(outcome.healed).toMatchObject([{ action: 'move', result: 'succeeded' }]);
    expect([from.resources.size, to.resources.size]).toEqual([1, 1]);
    await world.rounds(3);
    expect(only(world.issues())).toMatchObject({ state: 'closed' });
    mend();
    from.outages.clear();
    await world.rounds(14);
    expect([from.resources.size, to.resources.size]).toEqual([0, 1]);
    expect(only(world.issues())).toMatchObject({ state: 'closed' });
  });
});
