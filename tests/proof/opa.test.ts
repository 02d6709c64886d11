/** Policies in Rego, as bundles in the repository: what they deny is not done, and what says nothing denies. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { authorize } from '../../src/authorize.ts';
import { produceSchemas } from '../../src/config/schemas.ts';
import { history } from '../../src/index.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { People } from '../../src/ports.ts';
import type { PersonFacts } from '../../src/model/policy.ts';
import { plan as planOf } from '../../src/reconcile.ts';
import { inputFor } from '../../src/policy/input-for.ts';
import type { Question } from '../../src/policy/question.ts';
import { publishApply } from '../../src/publish/publish-apply.ts';
import { publishPlan } from '../../src/publish/publish-plan.ts';
import { opaBundle, type Behaviour } from '../policy/opa-bundle.ts';
import { Workplace } from '../surfaces/cli-fixture.ts';
import { FULL_NAME, proofWorld, requestFor, type ProofWorld } from './world.ts';

const BUNDLE = '.flotilla/policy.tar.gz';

/** The rule stands in line 6. */
const fleet = (endpoint: string, opa: string, image = 'nginx') => `fleet: proof
providers: { sandbox: { endpoint: "${endpoint}" } }
services: { api: { source: { image: ${image} } } }
policy:
  production:
    opa: ${opa}
`;
const RULE = `[{ bundle: ${BUNDLE}, entrypoint: flotilla/deny }]`;
const EVIL: Behaviour = { having: '"evil"', says: [{ msg: 'no <b>evil</b>\n::error::@ada' }], otherwise: [] };

/** A fleet on main with a bundle. */
function pushed({ push, cloud }: ProofWorld, bundle: Buffer | null, opa = RULE, image = 'nginx'): Promise<string> {
  return push({ 'flotilla.yml': fleet(cloud.url, opa, image), [BUNDLE]: bundle as never });
}

/** A run that ada set off. */
function openAs(world: ProofWorld, runId: number, isMember: People['isMember'] = async () => true) {
  const run = world.open(runId);
  const asked: string[] = [];
  const people: People = {
    asker: async () => ({ login: 'ada' }),
    permission: async (login) => {
      asked.push(`permission of ${login}`);
      return 'write';
    },
    isMember: (team, login) => {
      asked.push(`${login} in ${team}`);
      return isMember(team, login);
    },
  };
  return { ...run, ports: { ...run.ports, people }, asked };
}

async function planned(world: ProofWorld, commit: string, runId: number, basis: 'live' | 'recorded' = 'live') {
  const run = openAs(world, runId);
  const published = await publishPlan(requestFor({ commit, basis }), run.ports, run.target);
  return { ...published, plan: published.plan as Plan, traffic: run.traffic() };
}

test('a bundle on the default branch denies, with its name and the line of the rule, for one request more', async () => {
  await using world = await proofWorld();
  const good = await pushed(world, opaBundle({ 'flotilla/deny': EVIL }));
  const fine = await planned(world, good, 1);
  expect(fine.plan.blocks).toEqual([]);
  // Snapshot, tree, bundle, check.
  expect(fine.traffic.map(({ route }) => route).filter((route) => route.includes('blobs'))).toHaveLength(1);
  expect(fine.traffic).toHaveLength(4);

  const evil = await world.push({ 'flotilla.yml': fleet(world.cloud.url, RULE, 'evil') });
  const { plan, report, traffic } = await planned(world, evil, 2, 'recorded');
  expect(plan.blocks).toEqual([
    {
      guard: 'policy',
      message: `flotilla.yml:6 policy.production.opa[0]: ${BUNDLE} flotilla/deny: no <b>evil</b> ::error::@ada`,
      resources: [],
      liftable: false,
      lift: 'change what is to be done, or the policy on the default branch',
      position: { file: 'flotilla.yml', line: 6, column: 11 },
    },
  ]);
  expect(traffic).toHaveLength(4);
  expect(report.conclusion).toBe('action_required');
  expect(report.summary).not.toMatch(/<b>|[^\w`]@ada/);

  const run = openAs(world, 3);
  const { outcome } = await publishApply(requestFor({ commit: evil }), run.ports, run.target);
  expect(outcome?.result).toBe('blocked');
  expect(world.cloud.resources.size).toBe(0);
  const denied = (await history('production', run.ports)).find(({ kind }) => kind === 'apply.denied');
  expect(denied?.data).toMatchObject({ decision: 'denied', rules: ['flotilla.yml:6 policy.production.opa[0]'] });
});

test('a pull request that changes the bundle, or takes it away, is judged by that of the default branch', async () => {
  await using world = await proofWorld();
  await pushed(world, opaBundle({ 'flotilla/deny': EVIL }));
  const change = async (branch: string, bundle: Buffer | null, opa: string) => {
    const files = { 'flotilla.yml': fleet(world.cloud.url, opa, 'evil'), [BUNDLE]: bundle as never };
    return (await world.github.push(FULL_NAME, { branch, files, message: 'mine' })).sha;
  };
  const heads = [
    await change('lenient', opaBundle({ 'flotilla/deny': { says: [] } }), RULE),
    await change('without', null, RULE),
    await change('unruled', opaBundle({ 'flotilla/deny': { says: [] } }), '[]'),
  ];
  for (const [index, head] of heads.entries())
    expect((await planned(world, head, 10 + index, 'recorded')).plan.blocks).toMatchObject([
      { message: expect.stringContaining('no <b>evil</b>') },
    ]);
});

test('a bundle that gives no answer denies: absent, broken, undefined, failing, unknown; others warn', async () => {
  await using world = await proofWorld();
  const of = (entrypoint: string, bundle = BUNDLE) => `{ bundle: ${bundle}, entrypoint: ${entrypoint} }`;
  const rules = ['deny', 'fails', 'other', 'undefined', 'warn', 'calls/deny'].map((name) => of(name));
  const opa = `[${rules.join(', ')}, ${of('deny', '.flotilla/none.tar.gz')}, ${of('deny', '.flotilla/broken.tar.gz')}]`;
  const bundle = opaBundle({
    deny: { says: [] },
    fails: 'fails',
    undefined: 'is undefined',
    warn: { having: '"kind":"anyone"', says: ['be careful'], otherwise: [] },
    'calls/deny': { calls: 'http.send' },
  });
  await world.push({ '.flotilla/broken.tar.gz': 'hello' });
  const commit = await pushed(world, bundle, opa);
  const { plan } = await planned(world, commit, 1, 'recorded');
  expect(plan.blocks.map(({ message }) => message.replace(/^flotilla\.yml:6 policy\.production\./, ''))).toEqual([
    `opa[1]: ${BUNDLE} fails: it gives no answer: unreachable`,
    expect.stringMatching(/^opa\[2\]: .* other: it gives no answer: it has no entrypoint other; it has deny, fails,/),
    expect.stringMatching(/^opa\[3\]: .* undefined: it gives no answer: undefined is undefined/),
    expect.stringMatching(/^opa\[5\]: .* not implemented: built-in function 0: http\.send$/),
    'opa[6]: .flotilla/none.tar.gz deny: it gives no answer: there is no such file',
    expect.stringMatching(/^opa\[7\]: \.flotilla\/broken\.tar\.gz deny: it gives no answer: it is not a gzip file/),
  ]);
  expect(plan.blocks[4]?.lift).toBe(
    'write it with opa build -t wasm --output .flotilla/none.tar.gz, and commit it to the default branch',
  );
  expect(plan.warnings).toMatchObject([
    { message: `${BUNDLE} warn: be careful (policy.production.opa[4])`, position: { line: 6 } },
  ]);
});

test('what needs no plan is judged as well; people are asked about only when the rule says so', async () => {
  await using world = await proofWorld();
  const rule = `[{ bundle: ${BUNDLE}, entrypoint: flotilla/allow, facts: [permission, team:acme/ops] }]`;
  await pushed(
    world,
    opaBundle({ 'flotilla/allow': { having: '"purpose":"unlock"', says: false, otherwise: true } }),
    rule,
  );
  const { ports, asked } = openAs(world, 1);
  await expect(authorize('unlock', { environment: 'production' }, ports)).rejects.toMatchObject({
    tag: 'policy',
    message: `flotilla.yml:6 policy.production.opa[0]: ${BUNDLE} flotilla/allow: allow is false`,
  });
  expect(asked).toEqual(['permission of ada', 'ada in acme/ops']);
  expect(await authorize('heal', { environment: 'production' }, ports)).toEqual([]);
  const blind = openAs(world, 2, async () => 'the token may not see team acme/ops');
  await expect(authorize('heal', { environment: 'production' }, blind.ports)).rejects.toThrow(
    'it gives no answer: the token may not see team acme/ops',
  );
});

test('the input is what its schema says', async () => {
  await using world = await proofWorld();
  const commit = await pushed(world, opaBundle({ 'flotilla/deny': { says: [] } }));
  const schema = produceSchemas().find(({ path }) => path === 'schemas/policy-input.schema.json');
  const valid = new Ajv({ strict: true, allowUnionTypes: true }).compile(JSON.parse(schema?.text ?? '') as object);
  const ada: PersonFacts = {
    login: 'ada',
    permission: 'admin',
    teams: { 'acme/ops': true, 'acme/other': 'not known' },
  };
  const question = {
    right: 'apply',
    environment: 'production',
    now: new Date('2026-11-20T12:00:00Z'),
    actor: ada,
    approvers: [{ login: 'bob', teams: { 'acme/ops': false } }],
    lifts: ['mass-change'],
  } as unknown as Question;
  const rule = { bundle: BUNDLE, entrypoint: 'flotilla/deny', facts: ['permission', 'team:acme/ops'] };
  const plan = await planOf(requestFor({ commit }), openAs(world, 1).ports);
  const input = inputFor(question, rule, plan);
  expect(input).toEqual({
    format: 1,
    purpose: 'apply',
    environment: 'production',
    time: '2026-11-20T12:00:00.000Z',
    actor: { kind: 'person', login: 'ada', permission: 'admin', teams: { 'acme/ops': true } },
    approvals: [{ login: 'bob', permission: 'none', teams: { 'acme/ops': false } }],
    lifts: ['mass-change'],
    plan,
  });
  for (const document of [
    input,
    inputFor({ ...question, actor: 'schedule' }, rule, undefined),
    inputFor(question, { ...rule, facts: [] }, plan),
  ]) {
    valid(JSON.parse(JSON.stringify(document)));
    expect(valid.errors ?? []).toEqual([]);
  }
  expect(valid({ ...input, format: 2 })).toBe(false);
});

test('the command line is held to the bundle of the commit, and to that of the work tree', async () => {
  await using place = new Workplace({
    'flotilla.yml': `fleet: harbour
services: { api: { source: { command: [node, server.mjs] } } }
policy: { "*": { opa: ${RULE} } }
`,
  });
  const deny = { 'flotilla/deny': { having: '"purpose":"apply"', says: ['not today'], otherwise: [] } };
  mkdirSync(join(place.root, '.flotilla'));
  writeFileSync(join(place.root, BUNDLE), opaBundle(deny));
  expect((await place.run('plan')).code).toBe(0);
  place.commit();
  const { code, document } = await place.json<{ plan: Plan }>('apply', '--yes');
  expect(code).toBe(4);
  const message = `flotilla.yml:3 policy.*.opa[0]: ${BUNDLE} flotilla/deny: not today`;
  expect(document.plan.blocks).toMatchObject([{ message }]);
  writeFileSync(join(place.root, BUNDLE), 'broken');
  const broken = await place.json<Plan>('plan');
  expect(broken.code).toBe(4);
  expect(broken.document.blocks[0]?.message).toContain('it gives no answer: it is not a gzip file');
});
