/** Who may do what, held against a GitHub over real HTTP: read from the default branch, asked at the moment of use, told in the journal. */
import { describe, expect, test } from 'vitest';
import { approve } from '../../src/approve.ts';
import { authorize } from '../../src/authorize.ts';
import { createGitHub } from '../../src/github/github.ts';
import { apply, history, openGitHub, type Asker, type Outcome } from '../../src/index.ts';
import { publishApply } from '../../src/publish/publish-apply.ts';
import { publishPlan } from '../../src/publish/publish-plan.ts';
import type { Plan } from '../../src/model/plan.ts';
import { fastClock, FULL_NAME, proofWorld, requestFor, type ProofWorld } from './world.ts';

const clock = fastClock();
let nextRun = 100;

/** Lines of policy stand from line 5 on. */
const fleet = (endpoint: string, policy = '', image = 'nginx') => `fleet: proof
providers: { sandbox: { endpoint: "${endpoint}" } }
services: { api: { source: { image: ${image} }, place: { region: eu } } }
${policy}`;

/** A run that somebody set off, with a token of its own. */
function runOf(
  { github }: ProofWorld,
  login: string,
  change: Partial<Asker> = {},
  permissions?: Record<string, 'read' | 'write'>,
) {
  const id = nextRun++;
  const { ports, github: client, target } = worldRun(id);
  const asked = () =>
    github.traffic.filter(({ runId, route }) => runId === id && /collaborators|teams|\/user/.test(route));
  return { ports, client, target, asked, traffic: () => github.traffic.filter(({ runId }) => runId === id) };

  function worldRun(run: number) {
    const token = github.actionsToken(FULL_NAME, permissions, run);
    return openRun(github.apiUrl, token, `github:${run}/1`, { login, event: 'push', ...change });
  }
}

function openRun(apiUrl: string, token: string, run: string, asker: Asker) {
  const repository = { owner: 'ada', repo: 'proof' };
  const github = createGitHub({ auth: token, apiUrl, ...clock });
  const ports = openGitHub(
    { github, repository, run: { run, actor: asker.login }, asker },
    { env: {}, home: '/nowhere', signal: new AbortController().signal, clock },
  );
  return { ports, github, target: { github, repository, run } };
}

async function applyAs(world: ProofWorld, login: string, commit: string, change: Partial<Asker> = {}) {
  const run = runOf(world, login, change);
  const { outcome, error, report } = await publishApply(requestFor({ commit }), run.ports, run.target);
  if (!outcome) throw error;
  return { ...run, outcome, report };
}

const blocked = ({ plan, result }: Outcome): string[] => {
  expect(result).toBe('blocked');
  return plan.blocks.map(({ guard, message }) => `${guard}: ${message}`);
};

test('an apply is for whom the rule names; the journal tells of both, with rule, line, event and hash', async () => {
  await using world = await proofWorld();
  for (const login of ['bob', 'eve'])
    world.github.setPermission(FULL_NAME, login, login === 'bob' ? 'maintain' : 'write');
  const commit = await world.push({
    'flotilla.yml': fleet(world.cloud.url, 'policy:\n  production:\n    apply: [permission:maintain]\n'),
  });

  const refused = await applyAs(world, 'eve', commit);
  expect(blocked(refused.outcome)).toEqual([
    'policy: flotilla.yml:6 policy.production.apply: apply in production is for permission:maintain: eve, who has write permission, is not',
  ]);
  expect(refused.report.conclusion).toBe('action_required');
  expect(refused.report.summary).toContain('flotilla.yml:6');
  expect(world.cloud.resources.size).toBe(0);

  const done = await applyAs(world, 'bob', commit);
  expect(done.outcome.result).toBe('succeeded');
  expect(done.asked()).toHaveLength(1);
  const events = await history('production', done.ports);
  expect(events.filter(({ kind }) => kind.startsWith('apply.'))).toMatchObject([
    {
      kind: 'apply.denied',
      actor: 'eve',
      commit,
      plan: refused.outcome.plan.hash,
      data: { decision: 'denied', rules: ['flotilla.yml:6 policy.production.apply'], event: 'push' },
    },
    {
      kind: 'apply.started',
      actor: 'bob',
      commit,
      plan: done.outcome.plan.hash,
      data: { decision: 'allowed', rules: ['flotilla.yml:6 policy.production.apply'], event: 'push' },
    },
    { kind: 'apply.finished', data: { result: 'succeeded' } },
  ]);
});

test('a pull request cannot change the policy that it is judged by, and costs no request more', async () => {
  await using world = await proofWorld();
  const strict = 'policy: { production: { providers: [render], plan: permission:admin, apply: none } }\n';
  await world.push({ 'flotilla.yml': fleet(world.cloud.url, strict) });
  const { sha } = await world.github.push(FULL_NAME, {
    branch: 'mine',
    files: { 'flotilla.yml': fleet(world.cloud.url, 'policy: { "*": { apply: any } }\n', 'evil') },
    message: 'mine',
  });
  const planned = runOf(world, 'eve');
  const { plan } = await publishPlan(requestFor({ commit: sha, basis: 'recorded' }), planned.ports, planned.target);
  expect((plan as Plan).blocks).toMatchObject([
    { guard: 'policy', liftable: false, position: { file: 'flotilla.yml', line: 4 } },
  ]);
  // Snapshot, tree, check.
  expect(planned.traffic()).toHaveLength(3);

  const applied = await applyAs(world, 'eve', sha);
  expect(blocked(applied.outcome).join()).toMatch(/policy\.production\.apply: apply in production is for nobody/);
  // One that is taken away is no way out either.
  await using bare = await proofWorld();
  await bare.push({ 'flotilla.yml': fleet(bare.cloud.url, strict) });
  const without = await bare.github.push(FULL_NAME, {
    branch: 'mine',
    files: { 'flotilla.yml': fleet(bare.cloud.url) },
    message: 'x',
  });
  expect(blocked((await applyAs(bare, 'eve', without.sha)).outcome)).toHaveLength(2);
});

test('a policy that cannot be read on the default branch forbids; what else is wrong there does not matter', async () => {
  await using world = await proofWorld();
  const good = await world.push({ 'flotilla.yml': fleet(world.cloud.url) });
  await world.push({ 'flotilla.yml': 'fleet: proof\nservices: 7\n' });
  expect((await applyAs(world, 'eve', good)).outcome.result).toBe('succeeded');
  await world.push({ 'flotilla.yml': 'fleet: proof\npolicy: { production: { aply: any } }\n' });
  expect(blocked((await applyAs(world, 'eve', good)).outcome)).toMatchObject([
    expect.stringContaining('the policy cannot be read from the default branch: flotilla.yml:2'),
  ]);
});

describe('teams', () => {
  const policy = 'policy: { production: { apply: [user:ada, team:acme/ops] } }\n';

  test('a token that may not see them is told so, and named people are not asked about', async () => {
    await using world = await proofWorld();
    world.github.setTeam('acme/ops', ['bob']);
    const commit = await world.push({ 'flotilla.yml': fleet(world.cloud.url, policy) });
    const refused = await applyAs(world, 'bob', commit);
    expect(blocked(refused.outcome).join()).toMatch(/the token may not see team acme\/ops: give it members: read/);
    const done = await applyAs(world, 'Ada', commit);
    expect(done.outcome.result).toBe('succeeded');
    expect(done.asked()).toEqual([]);
  });

  test('one that may, tells members from others', async () => {
    await using world = await proofWorld();
    world.github.setTeam('acme/ops', ['bob']);
    const commit = await world.push({ 'flotilla.yml': fleet(world.cloud.url, policy) });
    const as = async (login: string) => {
      const { token } = world.github.createUser('somebody');
      world.github.setPermission(FULL_NAME, 'somebody', 'write');
      const { ports, target } = openRun(world.github.apiUrl, token, `github:${nextRun++}/1`, { login });
      return publishApply(requestFor({ commit }), ports, target);
    };
    const eve = (await as('eve')).outcome!;
    expect(blocked(eve)).toEqual([
      'policy: flotilla.yml:4 policy.production.apply: apply in production is for user:ada or team:acme/ops: eve is not',
    ]);
    expect((await as('bob')).outcome?.result).toBe('succeeded');
  });
});

describe('approvals', () => {
  const policy = 'policy: { production: { approvals: { of: [user:bob, user:cleo, user:ada], count: 2 } } }\n';

  test('bind to the hash, count once each, lapse when the plan changes, and are used up', async () => {
    await using world = await proofWorld();
    const commit = await world.push({ 'flotilla.yml': fleet(world.cloud.url, policy) });
    const first = await applyAs(world, 'ada', commit);
    const { hash } = first.outcome.plan;
    expect(blocked(first.outcome)).toMatchObject([
      expect.stringMatching(/needs 2 approvals by user:bob or user:cleo or user:ada, and has none/),
    ]);
    expect(first.outcome.plan.blocks[0]?.lift).toContain(`flotilla approve ${hash} --env production`);

    const approving = (login: string, plan = hash, change: Partial<Asker> = {}) =>
      approve('production', plan, runOf(world, login, change).ports);
    await expect(approving('bob', hash.slice(0, 12))).rejects.toMatchObject({ tag: 'conflict' });
    await expect(approving('eve')).rejects.toMatchObject({
      tag: 'policy',
      message: expect.stringContaining('flotilla.yml:4'),
    });
    await expect(approving('bob', hash, { scheduled: true })).rejects.toMatchObject({ tag: 'policy' });
    expect(await approving('bob')).toMatchObject({ actor: 'bob', approvals: ['bob'], count: 2 });
    expect(await approving('Bob')).toMatchObject({ approvals: ['Bob'] });
    // Of oneself, and of whoever else had a hand in it, none counts.
    await approving('ada');
    expect(blocked((await applyAs(world, 'ada', commit)).outcome).join()).toContain('has 1, by Bob');
    await approving('cleo');
    expect(blocked((await applyAs(world, 'ada', commit, { others: ['cleo'] })).outcome).join()).toContain(
      'has 1, by Bob',
    );

    // Another plan is another hash.
    const changed = await world.push({ 'flotilla.yml': fleet(world.cloud.url, policy, 'other') });
    expect(blocked((await applyAs(world, 'ada', changed)).outcome).join()).toContain('has none');

    const done = await applyAs(world, 'ada', commit);
    expect(done.outcome).toMatchObject({ result: 'succeeded', plan: { hash } });
    const events = await history('production', done.ports);
    expect(events.filter(({ kind }) => kind === 'plan.approved')).toMatchObject([
      { actor: 'bob', plan: hash },
      { actor: 'Bob' },
      { actor: 'ada' },
      { actor: 'cleo' },
    ]);
    expect(events.find(({ kind }) => kind === 'apply.started')?.data).toMatchObject({
      approvals: ['Bob', 'ada', 'cleo'],
    });
    expect(await world.state('production/environment.json')).not.toContain('approvals');
    // Nothing to do needs nobody.
    expect((await applyAs(world, 'ada', commit)).outcome.result).toBe('unchanged');
  });

  test('one who stands in the record twice, in other letters, is one', async () => {
    await using world = await proofWorld();
    const commit = await world.push({ 'flotilla.yml': fleet(world.cloud.url, policy) });
    const { hash } = (await applyAs(world, 'ada', commit)).outcome.plan;
    await approve('production', hash, runOf(world, 'bob').ports);
    const path = 'production/environment.json';
    const record = JSON.parse((await world.state(path)) ?? '');
    const approvals = [...record.approvals, { ...record.approvals[0], actor: 'BOB' }];
    const files = { [path]: JSON.stringify({ ...record, approvals }) };
    await world.github.push(FULL_NAME, { branch: 'flotilla', files, message: 'forged' });
    expect(blocked((await applyAs(world, 'ada', commit)).outcome).join()).toContain('has 1, by BOB');
  });

  test('one who may not approve any more does not count any more', async () => {
    await using world = await proofWorld();
    const one = 'policy: { production: { approvals: {} } }\n';
    world.github.setPermission(FULL_NAME, 'bob', 'write');
    const commit = await world.push({ 'flotilla.yml': fleet(world.cloud.url, one) });
    const { hash } = (await applyAs(world, 'ada', commit)).outcome.plan;
    await approve('production', hash, runOf(world, 'bob').ports);
    world.github.setPermission(FULL_NAME, 'bob', 'read');
    expect(blocked((await applyAs(world, 'ada', commit)).outcome).join()).toContain('has none');
    world.github.setPermission(FULL_NAME, 'bob', 'write');
    expect((await applyAs(world, 'ada', commit)).outcome.result).toBe('succeeded');
  });
});

test('what an App says that it does for somebody is believed of the one that the policy names', async () => {
  await using world = await proofWorld();
  const commit = await world.push({
    'flotilla.yml': fleet(world.cloud.url, 'app: fleet-app\npolicy: { production: { apply: user:bob } }\n'),
  });
  for (const login of ['other-app[bot]', 'eve', 'fleet-app'])
    expect(blocked((await applyAs(world, login, commit, { onBehalfOf: 'bob' })).outcome)).toHaveLength(1);
  expect(blocked((await applyAs(world, 'fleet-app[bot]', commit, { onBehalfOf: 'eve' })).outcome)).toHaveLength(1);
  expect(blocked((await applyAs(world, 'fleet-app[bot]', commit)).outcome)).toHaveLength(1);
  const done = await applyAs(world, 'fleet-app[bot]', commit, { onBehalfOf: 'bob', event: 'workflow_dispatch' });
  expect(done.outcome.result).toBe('succeeded');
  const started = (await history('production', done.ports)).find(({ kind }) => kind === 'apply.started');
  expect(started).toMatchObject({ actor: 'fleet-app[bot]', data: { for: 'bob', event: 'workflow_dispatch' } });
});

test('ending a lease needs the right to; without a policy nobody is asked about', async () => {
  await using world = await proofWorld();
  await world.push({ 'flotilla.yml': fleet(world.cloud.url) });
  const free = runOf(world, 'eve');
  expect(await authorize('unlock', { environment: 'production' }, free.ports)).toEqual([]);
  expect(free.asked()).toEqual([]);
  await world.push({ 'flotilla.yml': fleet(world.cloud.url, 'policy: { "*": { unlock: permission:admin } }\n') });
  await expect(authorize('unlock', { environment: 'production' }, runOf(world, 'eve').ports)).rejects.toMatchObject({
    tag: 'policy',
    message: expect.stringContaining(
      'flotilla.yml:4 policy.*.unlock: unlock in production is for permission:admin: eve',
    ),
  });
});

test('a health run heals with the right to, in a freeze as well', async () => {
  await using world = await proofWorld();
  const frozen = 'freeze: [{ days: [sun, mon, tue, wed, thu, fri, sat], reason: no }]';
  const only = new Set(['service/api'] as const);
  const commit = await world.push({ 'flotilla.yml': fleet(world.cloud.url) });
  const heal = async (policy: string) => {
    await world.push({ 'flotilla.yml': fleet(world.cloud.url, `policy: { production: { ${policy} } }\n`) });
    const { ports, asked } = runOf(world, 'flotilla', { scheduled: true, event: 'schedule' });
    const outcome = await apply(requestFor({ commit, only }), ports);
    expect(asked()).toEqual([]);
    return outcome;
  };
  expect(blocked(await heal('heal: none')).join()).toContain('heal in production is for nobody, not for the schedule');
  expect((await heal(`heal: user:ada, ${frozen}`)).result).toBe('succeeded');
  const changed = await world.push({
    'flotilla.yml': fleet(world.cloud.url, `policy: { "*": { ${frozen} } }\n`, 'other'),
  });
  expect(blocked((await applyAs(world, 'ada', changed)).outcome)).toEqual([
    'policy: flotilla.yml:4 policy.*.freeze[0]: production is frozen: no',
  ]);
});
