/** Rules held against facts: pure, so every case is one line. */
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/read-config.ts';
import { readPolicy } from '../../src/config/read-policy.ts';
import type { PersonFacts } from '../../src/model/policy.ts';
import { asksOf, evaluate } from '../../src/policy/evaluate.ts';
import type { Question } from '../../src/policy/question.ts';

const HASH = 'a'.repeat(64);
const SERVICE = 'services: { api: { source: { image: nginx } } }';

const ada: PersonFacts = { login: 'Ada', permission: 'write', teams: { 'acme/ops': true } };
const bob: PersonFacts = { login: 'bob', permission: 'write', teams: { 'acme/ops': true } };
const cleo: PersonFacts = { login: 'cleo', permission: 'admin', teams: { 'acme/ops': false } };
const dora: PersonFacts = { login: 'dora', teams: { 'acme/ops': 'the token may not see team acme/ops' } };

/** A question about `rules`, written as under `policy:`. */
async function ask(rules: string, change: Partial<Question> = {}) {
  const environments = 'environments: { production: {}, preview: { pull_requests: true } }';
  const text = `fleet: acme\n${SERVICE}\npolicy:\n${rules.replace(/^/gm, '  ')}\n${environments}\n`;
  const { policy = {}, position } = await readPolicy(new Map([['flotilla.yml', text]]));
  // The whole config takes the same rules, at the same places.
  const config = await readConfig(new Map([['flotilla.yml', text]]));
  expect(config.policy).toEqual(policy);
  const question: Question = {
    policy,
    position,
    environment: 'production',
    right: 'apply',
    actor: ada,
    involved: ['ada'],
    now: new Date('2026-11-20T12:00:00Z'),
    lifts: [],
    approvers: [],
    plan: HASH,
    isEmpty: false,
    placement: { 'service/api': [{ provider: 'fly', replicas: 1, because: 'test' }] },
    accounts: { fly: { type: 'fly', plan: 'free', isFreeKnown: true } },
    ...change,
  };
  return { ...evaluate(question), question };
}

const denied = async (rules: string, change: Partial<Question> = {}) =>
  (await ask(rules, change)).denials.map(
    ({ rule, position: { file, line }, message }) => `${file}:${line} ${rule}: ${message}`,
  );

describe('who', () => {
  test.each<[rule: string, allowed: PersonFacts[], refused: PersonFacts[]]>([
    ['any', [ada, bob, cleo, dora], []],
    ['none', [], [ada, bob, cleo, dora]],
    ['user:ada', [ada], [bob, cleo, dora]],
    ['team:acme/ops', [ada, bob], [cleo, dora]],
    ['permission:write', [ada, bob, cleo], [dora]],
    ['permission:maintain', [cleo], [ada, bob, dora]],
    ['[permission:admin, user:bob]', [bob, cleo], [ada, dora]],
    ['{ any_of: [user:ada, user:cleo], all_of: [team:acme/ops, permission:write] }', [ada], [bob, cleo, dora]],
    ['{ all_of: [user:dora, team:acme/ops] }', [], [ada, dora]],
    ['{ any_of: [user:dora, team:acme/ops] }', [ada, dora], [cleo]],
  ])('%s', async (rule, allowed, refused) => {
    for (const actor of allowed) expect(await denied(`production: { apply: ${rule} }`, { actor })).toEqual([]);
    for (const actor of refused) expect(await denied(`production: { apply: ${rule} }`, { actor })).toHaveLength(1);
  });

  test('a denial names the rule, its line, and why', async () => {
    expect(await denied('production:\n  apply: [team:acme/ops, user:eve]', { actor: cleo })).toEqual([
      'flotilla.yml:5 policy.production.apply: apply in production is for team:acme/ops or user:eve: cleo, who has admin permission, is not',
    ]);
    const [unread] = await denied('production: { apply: team:acme/ops }', { actor: dora });
    expect(unread).toContain('the token may not see team acme/ops');
  });

  test('an environment’s own rule comes before that for all; a copy has that of what it copies', async () => {
    const rules = '"*": { apply: none, destroy: user:cleo }\nproduction: { apply: any }\npreview: { apply: any }';
    expect(await denied(rules)).toEqual([]);
    expect(await denied(rules, { environment: 'staging' })).toHaveLength(1);
    expect(await denied(rules, { environment: 'preview-7' })).toEqual([]);
    expect(await denied(rules, { right: 'destroy' })).toMatchObject([
      expect.stringMatching(/^flotilla\.yml:4 policy\.\*\.destroy:/),
    ]);
    expect(await denied(rules, { right: 'destroy', actor: cleo })).toEqual([]);
  });

  test('the schedule heals unless nobody may, and does nothing else that is for somebody', async () => {
    const actor = 'schedule' as const;
    expect(await denied('production: { heal: user:ada }', { actor, right: 'heal' })).toEqual([]);
    expect(await denied('production: { heal: none }', { actor, right: 'heal' })).toHaveLength(1);
    expect(await denied('production: { apply: user:flotilla }', { actor })).toHaveLength(1);
  });

  test('where people are not known that is said, and everything else holds', async () => {
    const rules = 'production: { apply: user:eve, approvals: {}, providers: [render] }';
    const { denials, warnings } = await ask(rules, { actor: 'unknown' });
    expect(denials.map(({ rule }) => rule)).toEqual(['policy.production.providers']);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('policy.production.apply is about people on GitHub'),
      expect.stringContaining(
        'policy.production.approvals asks for an approval by permission:write, which cannot be checked',
      ),
    ]);
  });

  test('no more is asked than a rule needs', async () => {
    const asked = async (rule: string, login = 'ada') => {
      const { question } = await ask(`production: { apply: ${rule}, destroy: permission:admin }`);
      const { permission, teams } = asksOf(question, login);
      return [permission, [...teams]];
    };
    expect(await asked('any')).toEqual([false, []]);
    expect(await asked('user:bob')).toEqual([false, []]);
    expect(await asked('[user:ada, team:acme/ops, permission:admin]')).toEqual([false, []]);
    expect(await asked('[user:ada, team:acme/ops, permission:admin]', 'bob')).toEqual([true, ['acme/ops']]);
  });
});

test('guards are lifted by those who may', async () => {
  const rules = 'production: { guards: { delete-protected: permission:admin } }';
  expect(await denied(rules, { lifts: ['mass-change'] })).toEqual([]);
  expect(await denied(rules, { lifts: ['delete-protected'] })).toMatchObject([
    expect.stringMatching(
      /policy\.production\.guards\.delete-protected: lifting delete-protected is for permission:admin/,
    ),
  ]);
  expect(await denied(rules, { lifts: ['delete-protected'], actor: cleo })).toEqual([]);
});

describe('approvals', () => {
  const rules = 'production: { approvals: { of: [team:acme/ops], count: 2 } }';
  const evi: PersonFacts = { login: 'evi', teams: { 'acme/ops': true } };

  test('are needed in number, of those whose count, and not of oneself', async () => {
    expect(await denied(rules)).toMatchObject([
      expect.stringMatching(/needs 2 approvals by team:acme\/ops, and has none/),
    ]);
    expect(await denied(rules, { approvers: [bob] })).toMatchObject([expect.stringMatching(/has 1, by bob/)]);
    expect(await denied(rules, { approvers: [bob, cleo] })).toHaveLength(1);
    expect(await denied(rules, { approvers: [bob, ada] })).toHaveLength(1);
    expect(await denied(rules, { approvers: [bob, evi] })).toEqual([]);
    expect(await denied(rules.replace('count: 2', 'count: 2, self: true'), { approvers: [bob, ada] })).toEqual([]);
    expect(await denied(rules, { approvers: [bob, evi], involved: ['EVI'] })).toHaveLength(1);
  });

  test('the words say how to give one', async () => {
    const { denials } = await ask(rules);
    expect(denials[0]?.mend).toContain(`flotilla approve ${HASH} --env production`);
  });

  test('of each of several, where that is asked for', async () => {
    const each = 'production: { approvals: { all_of: [user:bob, permission:admin] } }';
    expect(await denied(each, { approvers: [bob] })).toHaveLength(1);
    expect(await denied(each, { approvers: [cleo] })).toHaveLength(1);
    expect(await denied(each, { approvers: [bob, cleo] })).toEqual([]);
  });

  test('nothing to do, and what they are not for, needs none', async () => {
    expect(await denied(rules, { isEmpty: true })).toEqual([]);
    expect(await denied(rules, { right: 'rollback' })).toEqual([]);
    expect(await denied(rules, { right: 'heal' })).toEqual([]);
    expect(await denied(rules, { right: 'destroy' })).toHaveLength(1);
    expect((await ask(rules, { right: 'plan' })).warnings).toHaveLength(1);
  });
});

describe('freezes', () => {
  const frozen = async (window: string, now: string, right: Question['right'] = 'apply') =>
    (await denied(`production: { freeze: [{ ${window} }] }`, { now: new Date(now), right })).length > 0;

  test.each<[window: string, frozen: string[], free: string[]]>([
    [
      'from: 2026-12-20T00:00Z, to: 2027-01-04T00:00Z',
      ['2026-12-20T00:00:00Z', '2027-01-03T23:59:59Z'],
      ['2026-12-19T23:59:59Z', '2027-01-04T00:00:00Z'],
    ],
    [
      'days: [fri, sat, sun]',
      ['2026-11-20T00:00:00Z', '2026-11-22T23:59:00Z'],
      ['2026-11-19T23:59:00Z', '2026-11-23T00:00:00Z'],
    ],
    [
      'hours: "18:00-08:00"',
      ['2026-11-20T18:00:00Z', '2026-11-20T07:59:00Z', '2026-11-20T00:00:00Z'],
      ['2026-11-20T08:00:00Z', '2026-11-20T17:59:00Z'],
    ],
    // Friday's night ends on Saturday morning; Thursday's does not begin on Friday.
    [
      'days: [fri], hours: "18:00-08:00"',
      ['2026-11-20T18:00:00Z', '2026-11-21T07:59:00Z'],
      ['2026-11-20T07:59:00Z', '2026-11-21T18:00:00Z', '2026-11-21T08:00:00Z'],
    ],
    [
      'hours: "09:00-17:00", zone: America/New_York',
      ['2026-11-20T14:00:00Z', '2026-11-20T21:59:00Z'],
      ['2026-11-20T13:59:00Z', '2026-11-20T22:00:00Z'],
    ],
    // In summer that clock is four hours behind, not five.
    ['hours: "09:00-17:00", zone: America/New_York', ['2026-07-20T13:00:00Z'], ['2026-07-20T21:00:00Z']],
  ])('%s', async (window, inside, outside) => {
    for (const at of inside) expect([at, await frozen(window, at)]).toEqual([at, true]);
    for (const at of outside) expect([at, await frozen(window, at)]).toEqual([at, false]);
  });

  test('rolling back, unlocking and healing go on; a plan is told', async () => {
    const at = '2026-11-20T12:00:00Z';
    expect(await frozen('days: [fri], reason: no', at, 'destroy')).toBe(true);
    for (const right of ['rollback', 'unlock', 'heal', 'plan'] as const)
      expect(await frozen('days: [fri]', at, right)).toBe(false);
    const { warnings } = await ask('production: { freeze: [{ days: [fri], reason: no }] }', { right: 'plan' });
    expect(warnings).toMatchObject([
      { message: 'production is frozen: no (policy.production.freeze[0])', position: { line: 4 } },
    ]);
  });
});

describe('places', () => {
  const at = (region?: string): Partial<Question> => ({
    placement: { 'service/api': [{ provider: 'fly', replicas: 1, because: 'test', ...(region ? { region } : {}) }] },
  });
  const on = (plan: string, isFreeKnown = true): Partial<Question> => ({
    accounts: { fly: { type: 'fly', plan, isFreeKnown } },
  });

  test('providers, regions and plans', async () => {
    expect(await denied('production: { providers: [fly] }')).toEqual([]);
    expect(await denied('production: { providers: [render] }')).toEqual([
      'flotilla.yml:4 policy.production.providers: fly is an account of fly; allowed: render',
    ]);
    expect(await denied('production: { regions: [eu] }', at('eu'))).toEqual([]);
    expect(await denied('production: { regions: [eu] }', at('us'))).toHaveLength(1);
    expect(await denied('production: { regions: [eu] }', at())).toMatchObject([
      expect.stringContaining('service/api goes to fly without saying in which region'),
    ]);
    expect(await denied('production: { plans: [free] }')).toEqual([]);
    expect(await denied('production: { plans: [free] }', on('scale'))).toHaveLength(1);
  });

  test('they hold for plans, too, so that a pull request shows it', async () => {
    expect(await denied('production: { providers: [render] }', { right: 'plan' })).toHaveLength(1);
  });

  test('spending: what is not known is said, never taken for nothing', async () => {
    const ceiling = 'production: { spending: { month: 10 USD } }';
    expect(await ask(ceiling)).toMatchObject({ denials: [], warnings: [] });
    expect(await ask(ceiling, on('free', false))).toMatchObject({
      denials: [],
      warnings: [{ message: expect.stringContaining('what fly costs is not known') }],
    });
    expect(await denied(ceiling, on('scale'))).toMatchObject([
      expect.stringContaining('what plan scale of fly costs is not known, and at most 10 USD a month may be spent'),
    ]);
    const priced = (price: string) => `production: { spending: { month: 10 USD, prices: { fly: ${price} } } }`;
    expect(await denied(priced('9.99 USD'), on('scale'))).toEqual([]);
    expect(await denied(priced('10.01 USD'), on('scale'))).toMatchObject([expect.stringContaining('cost 10.01 USD')]);
  });
});

describe('reading', () => {
  test.each([
    ['production: { apply: everyone }', 'policy.production.apply'],
    ['production: { apply: [user:ada, team:ops] }', 'policy.production.apply'],
    ['production: { aply: any }', 'policy.production'],
    ['production: { freeze: [{ reason: always }] }', 'policy.production.freeze[0]'],
    ['production: { freeze: [{ days: [fri], zone: Mars/Olympus }] }', 'policy.production.freeze[0].zone'],
    ['production: { spending: { month: 1 USD, prices: { fly: 1 EUR } } }', 'policy.production.spending.prices.fly'],
    ['production: { guards: { foreign: any } }', 'policy.production.guards'],
  ])('%s is refused where it stands', async (rules, path) => {
    const files = new Map([['flotilla.yml', `fleet: acme\n${SERVICE}\npolicy:\n  ${rules}\n`]]);
    const error = await readPolicy(files).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      tag: 'config',
      problems: [{ path: expect.stringContaining(path), position: { line: 4 } }],
    });
  });

  test('of a fleet that is wrong in everything else', async () => {
    const files = new Map([
      ['.flotilla/a.yml', 'services: { api: 7 }\n'],
      ['.flotilla/b.yml', 'app: acme\npolicy: { "*": { apply: none } }\n'],
    ]);
    expect(await readPolicy(files)).toMatchObject({
      app: 'acme',
      policy: { '*': { rights: { apply: { anyOf: [] } } } },
    });
    expect(await readPolicy(new Map())).not.toHaveProperty('policy');
  });
});
