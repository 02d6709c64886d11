/** Every provider that renews its own credential: made, tried, ended, and nothing left of one whose value was lost. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { tagOf } from '../../src/model/errors.ts';
import type { Account, CredentialRenewal } from '../../src/provider-kit/provider.ts';
import { harnesses } from '../../src/providers/conformance.gen.ts';
import { need } from './setting.ts';
import { holdToSpecification } from './specifications.ts';

const all = await Promise.all(Object.values(harnesses).map((load) => load()));
const able = all.filter(({ provider }) => provider.renewal);
const LABEL = 'acme-production-TOKEN-v1';

/** An account whose fake has one good token, which a person made. */
async function settingOf(harness: (typeof all)[number]) {
  const world = await harness.start({ pageSize: 2 });
  onTestFinished(() => world.stop());
  holdToSpecification(harness, world.server);
  const { provider } = harness;
  const renewal = need(provider.renewal, 'a renewal') as CredentialRenewal;
  const account: Account = { name: provider.type, signal: new AbortController().signal, ...world.account };
  const having = (token: string): Account => ({
    ...account,
    credentials: { ...account.credentials, [renewal.variable]: token },
  });
  const first = need(account.credentials[renewal.variable], 'a credential');
  return {
    renewal,
    first,
    server: need(world.server, 'a server'),
    issue: (token: string, label = LABEL) => renewal.issue(provider.writer(having(token)), label),
    verify: (token: string) => renewal.verify(provider.reader(having(token))),
    revoke: (token: string, { label, old }: { label?: string; old?: string }) =>
      renewal.revoke(provider.writer(having(token)), {
        ...(label === undefined ? {} : { label }),
        ...(old === undefined ? {} : { old: provider.writer(having(old)) }),
      }),
    /** `good`, or why not. */
    state: (token: string) => renewal.authenticate(provider.reader(having(token))).then(() => 'good', tagOf),
  };
}

test('which they are', () => {
  expect(able.map(({ provider }) => provider.type)).toEqual(['heroku', 'koyeb', 'vercel']);
  for (const { provider } of able)
    expect(provider.credentials.map(({ variable }) => variable)).toContain(provider.renewal?.variable);
});

describe.each(able.map((harness) => [harness.provider.type, harness] as const))('%s', (_, harness) => {
  test('makes another, which is as good, and ends the one before by its name', async () => {
    const { first, issue, verify, revoke, state } = await settingOf(harness);
    const second = await issue(first);
    expect(second).not.toBe(first);
    await verify(second);
    expect([await state(first), await state(second)]).toEqual(['good', 'good']);
    const third = await issue(second, 'acme-production-TOKEN-v2');
    await revoke(third, { label: LABEL, old: second });
    expect(await Promise.all([first, second, third].map(state))).toEqual(['good', 'credential', 'good']);
  });

  test('makes it again under the same name: one is left, and it is the last', async () => {
    const { first, issue, revoke, state } = await settingOf(harness);
    const lost = await issue(first);
    const kept = await issue(first);
    expect(await Promise.all([first, lost, kept].map(state))).toEqual(['good', 'credential', 'good']);
    // What was lost for good, and what is not there.
    await revoke(first, { label: LABEL });
    await revoke(first, { label: LABEL });
    expect(await Promise.all([first, kept].map(state))).toEqual(['good', 'credential']);
  });

  test('ends what a person made, or says that it cannot tell it from the others', async () => {
    const { first, issue, revoke, state } = await settingOf(harness);
    const second = await issue(first);
    const error: unknown = await revoke(second, { old: first }).catch((thrown: unknown) => thrown);
    if (error === undefined) return expect(await state(first)).toBe('credential');
    expect(error).toMatchObject({ tag: 'unsupported', mend: expect.stringMatching(/^end it by hand/) });
    expect(await state(first)).toBe('good');
    expect(String(error)).not.toContain(first);
  });

  test('a token that is refused issues nothing; another failure is none', async () => {
    const { first, issue, state, server } = await settingOf(harness);
    await expect(issue('none-such')).rejects.toMatchObject({ tag: 'credential' });
    server.faults.add({ match: () => true, act: { kind: 'status', status: 503 } });
    expect(await state(first)).toBe('transient');
    server.faults.clear();
    server.faults.add({
      match: ({ method }) => method === 'POST',
      act: { kind: 'status', status: 200, body: { surprise: first }, when: 'after' },
    });
    const error: unknown = await issue(first).catch((thrown: unknown) => thrown);
    expect(tagOf(error)).toBe('unsupported');
    expect(String(error)).not.toContain(first);
  });
});
