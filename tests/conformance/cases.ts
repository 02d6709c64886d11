import { expect } from 'vitest';
import { tagOf, type DeployError } from '../../src/model/errors.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { OUTPUTS, SECTION, type JsonObject, type Kind } from '../../src/model/resource.ts';
import type { Case } from '../../src/provider-kit/conformance.ts';
import type { FakeAct, FakeCall } from '../../src/provider-kit/fake-server.ts';
import type { Observed } from '../../src/provider-kit/provider.ts';
import { need, type Setting } from './setting.ts';

/** One function a case; `src/provider-kit/conformance.ts` says what each shows. */
export const cases: Record<Case, (setting: Setting) => Promise<void>> = {
  async create({ kind, owner, world, handler, reader, scope, target, desired, ensure, read, list }) {
    expect(await read()).toBeUndefined();
    expect(await list('main')).toEqual([]);
    const made = await ensure();
    expect(made).toMatchObject({ address: target().address, hash: desired().hash });
    expect(made.owner).toEqual(owner);
    expect(['live', 'sleeping']).toContain(made.phase);
    expect(Object.keys(made.outputs).toSorted()).toEqual(Object.keys(OUTPUTS[kind]).toSorted());
    const secret = Object.keys(OUTPUTS[kind]).filter((name) => OUTPUTS[kind][name]?.secret);
    expect((made.secretOutputs ?? []).toSorted()).toEqual(secret.toSorted());
    expect(await read()).toEqual(made);
    expect(await list('main')).toEqual([made]);
    expect(await handler.list(reader, { ...scope(), environment: 'staging' })).toEqual([]);
    expect(handler.diff(desired(), made)).toEqual([]);
    expect(await world.count(target())).toBe(1);
  },

  async 'create-again'({ ensure, world, target, writes }) {
    const first = await ensure();
    const before = writes();
    expect(await ensure()).toEqual(first);
    expect(writes()).toBe(before);
    expect(await world.count(target())).toBe(1);
  },

  async update({ ensure, desired, example, handler, read, world, target }) {
    const first = await ensure();
    const changed = desired('main', example.changed);
    const second = await ensure(changed);
    expect(second).toMatchObject({ id: first.id, hash: changed.hash });
    expect(await read()).toEqual(second);
    expect(handler.diff(changed, second)).toEqual([]);
    expect(await world.count(target())).toBe(1);
  },

  async drift({ ensure, desired, handler, read, world, target }) {
    await ensure();
    await need(world.drift, 'drift')(target());
    const drifted = need(await read(), 'drifted resource');
    expect(handler.diff(desired(), drifted)).not.toEqual([]);
    await ensure();
    expect(handler.diff(desired(), need(await read(), 'repaired resource'))).toEqual([]);
    expect(await world.count(target())).toBe(1);
  },

  async remove({ ensure, read, remove, list, world, target }) {
    await ensure();
    await remove();
    expect([await read(), await list('main'), await world.count(target())]).toEqual([undefined, [], 0]);
    await remove();
    if (!world.server) return;
    await ensure();
    world.server.faults.add({
      match: ({ write }) => write,
      act: { kind: 'status', status: 404, body: { message: 'not found' } },
    });
    await remove();
  },

  async adopt({ ensure, server, world, target }) {
    server.faults.add({ match: ({ write }) => write, times: 1, act: { kind: 'cut', when: 'after' } });
    expect(tagOf(await failure(ensure()))).toBe('transient');
    expect(await world.count(target())).toBe(1);
    expect(await ensure()).toMatchObject({ owner: { fleet: 'acme', environment: 'production' }, phase: 'live' });
    expect(await world.count(target())).toBe(1);
  },

  async foreign({ owner, ensure, list, read, remove, world, target, writes }) {
    await need(world.foreign, 'foreign resource')(target());
    // At a real account it is another fleet's: some providers show whose, some do not show it.
    const others = (found?: Observed) => (world.live ? found?.owner?.fleet !== owner.fleet : !found?.owner);
    const found = await list('main');
    expect(found.every(others)).toBe(true);
    if (!world.live) expect(found).toMatchObject([{ address: target().address }]);
    expect(await list()).toEqual([]);
    expect(others(await read())).toBe(true);
    const before = writes();
    expect(tagOf(await failure(ensure()))).toBe('conflict');
    await remove().catch((error) => expect(tagOf(error)).toBe('conflict'));
    expect(writes()).toBe(before);
    expect(await world.count(target())).toBe(1);
  },

  async credential({ ensure, list, read, remove, server, world, target }) {
    await ensure();
    for (const status of [401, 403]) {
      server.faults.add({ match: () => true, act: { kind: 'status', status, body: { message: 'no' } } });
      const errors = await Promise.all([list('main'), read(), ensure(), remove()].map(failure));
      expect(errors.map(tagOf)).toEqual(errors.map(() => 'credential'));
      server.faults.clear();
    }
    expect(await world.count(target())).toBe(1);
  },

  async 'rate-limit'({ ensure, ensureWithRetries, list, server, world, target }) {
    const act: FakeAct = {
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '7' },
      body: { message: 'slow down' },
    };
    const withdraw = server.faults.add({ match: () => true, act });
    for (const error of await Promise.all([list('main'), ensure()].map(failure)))
      expect(error).toMatchObject({ tag: 'transient', retryAfter: 7 });
    withdraw();
    server.faults.add({ match: ({ write }) => write, times: 1, act });
    expect(await ensureWithRetries()).toMatchObject({ phase: 'live' });
    expect(await world.count(target())).toBe(1);
  },

  'server-error': (setting) =>
    atEveryCall(setting, (when) => ({ kind: 'status', status: 500, body: { message: 'oops' }, when })),

  cut: (setting) => atEveryCall(setting, (when) => ({ kind: 'cut', when })),

  async hang({ ensure, server, interrupt }) {
    server.faults.add({ match: () => true, act: { kind: 'hook', when: 'before', run: interrupt } });
    server.faults.add({ match: () => true, act: { kind: 'hang' } });
    expect(tagOf(await failure(ensure()))).toBe('transient');
  },

  async pages({ ensure, desired, list }) {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const name of names) await ensure(desired(name));
    const found = await list(...names);
    expect(found.map(({ address }) => address.split('/')[1]).toSorted()).toEqual(names);
  },

  async 'deploy-fails'({ ensure, desired, example, read, world }) {
    const first = await ensure();
    world.fate?.('fails');
    const spec = world.fate ? example.changed : need(example.failing, 'a spec that fails');
    const error = (await failure(ensure(desired('main', spec)))) as DeployError;
    expect(error).toMatchObject({ tag: 'deploy', restored: true });
    expect(error.log.length).toBeGreaterThan(0);
    expect(await read()).toMatchObject({ id: first.id, hash: first.hash, phase: 'live' });
    const other = world.fate ? desired('fresh') : desired('fresh', spec);
    expect(await failure(ensure(other))).toMatchObject({ tag: 'deploy', restored: false });
    world.fate?.('live');
    expect(await ensure(desired('main', example.changed))).toMatchObject({ phase: 'live' });
  },

  async 'deploy-hangs'({ ensure, desired, handler, world, account, interrupt, run, ...setting }) {
    need(world.fate, 'fate of deployments')('hangs');
    expect(tagOf(await failure(ensure()))).toMatch(/^(deploy|transient)$/);
    const progress = () => queueMicrotask(interrupt);
    const waiting = handler.ensure(setting.writer, desired('other'), { ...run, progress });
    expect(tagOf(await failure(waiting))).toMatch(/^(deploy|transient)$/);
    expect(account.signal.aborted).toBe(true);
  },

  async 'unknown-status'({ ensure, desired, read, world }) {
    const fate = need(world.fate, 'fate of deployments');
    fate('unknown-word');
    expect(await ensure()).toMatchObject({ phase: 'live' });
    fate('unknown-for-ever');
    expect(tagOf(await failure(ensure(desired('other'))))).toMatch(/^(deploy|transient)$/);
    expect(await read('other')).toMatchObject({ phase: 'unknown' });
  },

  async secrets({ ensure, desired, example, handler, reader, target, told, account, world }) {
    const canary = 'canary-5d1f0c2e9b';
    const spec = 'env' in example.spec ? { ...example.spec, env: { CANARY: canary } } : example.spec;
    const made = await ensure(desired('main', spec));
    const hidden = new Set(made.secretOutputs);
    const open = Object.entries(made.outputs).filter(([name]) => !hidden.has(name));
    const seen = JSON.stringify([
      open,
      { ...made, outputs: {} },
      told,
      await handler.logs?.(reader, target(), { lines: 1000 }),
    ]);
    const secrets = [
      canary,
      ...Object.values(account.credentials),
      ...[...hidden].map((name) => made.outputs[name] as string),
    ];
    for (const secret of secrets) expect(seen).not.toContain(secret);
    if (!world.server) return;
    const body = { message: `refused: ${JSON.stringify(spec)} for ${Object.values(account.credentials).join()}` };
    world.server.faults.add({ match: ({ write }) => write, act: { kind: 'status', status: 422, body } });
    const error = await failure(ensure(desired('other', spec)));
    expect(error.message).toContain('refused');
    for (const secret of secrets) expect(`${error.message} ${error.stack}`).not.toContain(secret);
  },

  async masking({ vault, server, ensure, desired, read, list, remove, told }) {
    const key = `-----BEGIN KEY-----\nfirst "line"\n\tsecond\\line\n-----END KEY-----`;
    vault.learn(key);
    await ensure();
    const ours = [() => ensure(desired('other')), remove];
    // Hidden, they are short: one that is not hidden is seen, although messages are cut.
    for (const answer of repeating(`refused: ${spellings(key).join(' | ')}`))
      for (const [match, work] of [
        [() => true, [...ours, read, () => list('main')]],
        [({ write }: FakeCall) => write, ours],
      ] as const) {
        const end = server.faults.add({ match, act: { kind: 'status', ...answer } });
        for (const ask of work) {
          // A refusal with status 200 may be taken for an answer; whatever comes of it is held to the same.
          const came = await ask().catch((error: Error & { mend?: string; log?: string[] }) => {
            const { message, stack, mend, log } = error;
            return { message, stack, mend, log: vault.maskDeep(log) };
          });
          const said = JSON.stringify([came ?? null, vault.maskDeep(told)]);
          for (const part of ['BEGIN KEY', 'first', 'second', ...spellings(key).map((echo) => echo.slice(8, 30))])
            expect(said).not.toContain(part);
        }
        end();
      }
  },

  async rollback({ ensure, desired, example, handler, read, writer, target, run, writes }) {
    const rollback = need(handler.rollback, 'rollback').bind(handler);
    const first = await ensure();
    await ensure(desired('main', example.changed));
    const back = need(
      await rollback(writer, target(), need(first.deployment, 'deployment id'), run),
      'deployment back',
    );
    expect(back).toMatchObject({ id: first.id, hash: first.hash, phase: 'live' });
    expect(await read()).toEqual(back);
    expect(handler.diff(desired(), back)).toEqual([]);
    const before = writes();
    expect(await rollback(writer, target(), need(first.deployment, 'deployment id'), run)).toMatchObject({
      hash: first.hash,
    });
    expect(writes()).toBe(before);
  },

  async logs({ ensure, handler, reader, target, world }) {
    const logs = need(handler.logs, 'logs').bind(handler);
    await ensure();
    const all = await logs(reader, target(), { lines: 1000 });
    expect(all.every((line) => typeof line === 'string' && !line.includes('\n'))).toBe(true);
    const last = await logs(reader, target(), { lines: 1 });
    if (world.live) expect(last.length).toBeLessThanOrEqual(1);
    else expect(last).toEqual(all.slice(-1));
    expect(await logs(reader, target('nothing'), { lines: 10 })).toEqual([]);
  },

  async import(setting) {
    const { kind, owner, world, handler, reader, writer, target, desired, example, ensure, list, run, writes } =
      setting;
    const survey = need(handler.survey, 'survey').bind(handler);
    const adopt = need(handler.adopt, 'adoption').bind(handler);
    const foreign = need(world.foreign, 'foreign resource');
    await ensure();
    const there = ['shop-a', 'shop-b', 'shop-c', 'shop-d', 'shop-e'].map((identity) => ({
      ...target(identity),
      get identity() {
        return identity;
      },
    }));
    for (const one of there) await foreign(one);
    const all = await survey(reader);
    const ours = all.find(({ owner: theirs }) => theirs !== null);
    expect(ours?.owner).toEqual({ ...owner, address: target().address });
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(there.map(({ identity }) => identity)));
    const existing = need(there[3], 'example');
    const found = need(
      all.find(({ name }) => name === existing.identity),
      'what was surveyed',
    );
    expect(found).toMatchObject({ owner: null, left: expect.any(Array) });
    expect(found.cannot).toBeUndefined();

    const { region } = (found.settings['place'] ?? {}) as { region?: string };
    const at = { identity: existing.identity, ...(region ? { region } : {}) };
    const wanted = { ...desired('shop-d', await specOf(kind, found.settings)), ...at };
    const adopted = await adopt(writer, wanted, run);
    expect(adopted).toMatchObject({ id: found.id, address: existing.address, owner });
    // Either it bears the hash, or the record is believed: in both cases a plan has nothing to do with it.
    expect([null, wanted.hash]).toContain(adopted.hash);
    if (found.untold === undefined) expect(handler.diff(wanted, adopted)).toEqual([]);
    expect(await handler.read(reader, existing)).toEqual(adopted);
    const scope = { ...setting.scope(), identities: new Map([[existing.identity, existing.address]]) };
    expect(await handler.list(reader, scope)).toContainEqual(adopted);
    expect((await survey(reader)).find(({ id }) => id === found.id)?.owner).toEqual({
      ...owner,
      address: existing.address,
    });

    const before = writes();
    expect(await adopt(writer, wanted, run)).toEqual(adopted);
    expect(tagOf(await failure(adopt(writer, { ...wanted, fleet: 'others' }, run)))).toBe('conflict');
    expect(tagOf(await failure(adopt(writer, { ...wanted, identity: 'shop-z' }, run)))).toBe('conflict');
    expect(writes()).toBe(before);

    // From now on it is like what was made.
    const changed = { ...desired('shop-d', example.changed), ...at };
    expect(await handler.ensure(writer, changed, run)).toMatchObject({ id: found.id, hash: changed.hash });
    expect(await world.count(existing)).toBe(1);
    await handler.remove(writer, existing, run);
    expect([await world.count(existing), (await list('main')).length]).toEqual([0, 1]);
  },

  async 'read-only'({ ensure, provider, handler, reader, target, list, read, world, writes }) {
    const made = await ensure();
    const before = writes();
    await list('main');
    await read('nothing');
    await handler.logs?.(reader, target(), { lines: 10 });
    for (const { amount = 1, used = 0 } of (await provider.usage?.(reader)) ?? [])
      expect(amount > 0 && used >= 0).toBe(true);
    expect(await read()).toEqual(made);
    expect(writes()).toBe(before);
    expect([await world.count(target()), await world.count(target('nothing'))]).toEqual([1, 0]);
  },
};

/** A fault at each call of a create in turn, before and after it took effect: it converges and there is one. */
async function atEveryCall(setting: Setting, act: (when: 'before' | 'after') => FakeAct): Promise<void> {
  const { ensureWithRetries, desired, server, target, world } = setting;
  // What a client asks once and keeps is not asked again below.
  await ensureWithRetries(desired('first'));
  const already = server.calls.length;
  await ensureWithRetries(desired('clean'));
  const calls = server.calls.length - already;
  for (let index = 0; index < calls; index += 1) {
    for (const when of ['before', 'after'] as const) {
      const name = `at-${index}-${when}`;
      let seen = -1;
      const match = () => (seen += 1) === index;
      const withdraw = server.faults.add({ match, act: act(when) });
      expect(await ensureWithRetries(desired(name))).toMatchObject({ phase: 'live' });
      expect(seen, 'the fault struck').toBeGreaterThanOrEqual(index);
      expect(await world.count(target(name)), `${name}: exactly one`).toBe(1);
      withdraw();
    }
  }
}

/** The spec that settings of a survey become in a config: that they are valid is part of the case. */
async function specOf(kind: Kind, settings: JsonObject): Promise<JsonObject> {
  const name = kind === 'domain' ? 'acme.dev' : 'existing';
  const text = JSON.stringify({ fleet: 'acme', [SECTION[kind]]: { [name]: settings } });
  const { spec } = need((await readConfig(new Map([['flotilla.yml', text]]))).resources[kind][name], 'resource');
  const { replicas: _, ...rest } = spec;
  return rest;
}

function failure(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => expect.unreachable('it should have failed'),
    (error: Error) => error,
  );
}

/** A secret as providers may repeat it. */
function spellings(secret: string): string[] {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return [
    secret,
    secret.replaceAll('\n', '\r\n'),
    JSON.stringify(secret),
    JSON.stringify(JSON.stringify({ key: secret })),
    base64(secret),
    base64(`KEY=${secret}`),
    Buffer.from(secret).toString('base64url'),
    encodeURIComponent(secret),
  ];
}

/** Answers that repeat a text: where APIs put a message, as text alone, and as GraphQL and others put errors under status 200. */
function repeating(text: string): { status: number; body: unknown; headers?: Record<string, string> }[] {
  const plain = { 'content-type': 'text/plain' };
  const errors = { success: false, errors: [{ code: 1, message: text }], data: null, message: text };
  return [
    { status: 422, body: { id: 'invalid', message: text } },
    { status: 400, body: errors },
    { status: 403, body: { error: { message: text } } },
    { status: 503, body: text, headers: plain },
    { status: 200, body: errors },
  ];
}
