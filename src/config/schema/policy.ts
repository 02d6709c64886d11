import * as z from 'zod/mini';
import { LIFTABLE } from '../../model/guard.ts';
import { DAYS, RIGHTS, type Freeze, type Money, type PolicyConfig, type Right, type Who } from '../../model/policy.ts';
import { moment } from './incidents.ts';
import { compact } from './resource.ts';
import { environmentName, flag, line, oneOf, shortName, text, wholeNumber } from './values.ts';
import { about, key, listOf, map, mapOf, rule } from './words.ts';

/** Who may do what. It is read from the default branch, whatever commit is planned or applied. */

const TERM_WORDS = 'user:NAME, team:ORGANIZATION/TEAM, or permission:read, write, maintain or admin';
const term = text(
  /^(user:[A-Za-z0-9][A-Za-z0-9-]{0,38}(\[bot\])?|team:[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9_-]+|permission:(read|write|maintain|admin))$/,
  200,
  TERM_WORDS,
);
const terms = listOf(`a list of ${TERM_WORDS}`, term, 50).check(z.minLength(1, { error: 'at least one' }));

const both = map('a map such as { any_of: [team:acme/ops, user:ada] }', {
  any_of: key(terms, 'One of these must be true.'),
  all_of: key(terms, 'All of these must be true.'),
});

/** Somebody; comes out as what must hold. */
const who = z.pipe(
  z.union([oneOf('any', 'none'), term, terms, both], {
    error: `any, none, ${TERM_WORDS}, a list of those of which one is enough, or { any_of: […], all_of: […] }`,
  }),
  z.transform((given: 'any' | 'none' | string | string[] | z.output<typeof both>): Who => {
    if (given === 'any') return {};
    if (given === 'none') return { anyOf: [] };
    if (typeof given === 'string') return { anyOf: [given] };
    if (Array.isArray(given)) return { anyOf: given };
    const { any_of: anyOf, all_of: allOf } = given;
    return compact({ anyOf, allOf });
  }),
);

const RIGHT_ABOUT: Record<Right, string> = {
  plan: 'Who may have the providers asked for a plan. One from the record alone is for everybody who may read.',
  apply: 'Who may apply, import, or let a resource return.',
  rollback: 'Who may roll back.',
  destroy: 'Who may destroy the environment.',
  unlock: 'Who may end the lease of another run.',
  heal: 'Who may have a health run heal. The schedule may, unless it is none.',
};

const approvals = map('a map such as { of: [team:acme/ops], count: 2 }', {
  of: key(terms, 'Whose approvals count: one of these. Without it, everybody’s with write permission.', {
    examples: [['team:acme/ops']],
  }),
  all_of: key(terms, 'One approval is needed of each of these.', {
    examples: [['team:acme/ops', 'team:acme/security']],
  }),
  count: key(wholeNumber(1, 20), 'How many people must approve.', { default: 1 }),
  self: key(flag, 'Whether those who set it off or made the commit count.', { default: false }),
  for: key(
    listOf('a list such as [apply, destroy]', oneOf('apply', 'rollback', 'destroy'), 3),
    'What has to be approved.',
    { default: ['apply', 'destroy'] },
  ),
});

const HOURS = 'hours of the day such as 18:00-08:00';
const hours = z.pipe(
  text(/^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$/, 11, HOURS),
  z.transform((value: string) => {
    const [from = 0, to = 0] = value.split('-').map((time) => {
      const [hour = 0, minute = 0] = time.split(':').map(Number);
      return hour * 60 + minute;
    });
    return { from, to };
  }),
);

const zone = text(/^[A-Za-z0-9_+/-]+$/, 60, 'a time zone such as Europe/Berlin').check(
  z.refine(isZone, { error: 'a time zone such as Europe/Berlin' }),
);

const freeze = map('a map such as { from: 2026-12-20T00:00Z, to: 2027-01-04T00:00Z, reason: holidays }', {
  from: key(moment, 'When it begins.', { examples: ['2026-12-20T00:00Z'] }),
  to: key(moment, 'When it ends.', { examples: ['2027-01-04T00:00Z'] }),
  days: key(
    listOf('a list such as [fri, sat, sun]', oneOf(...DAYS), 7).check(z.minLength(1, { error: 'at least one day' })),
    'Only on these days; where hours pass midnight, the day on which they begin.',
    { examples: [['fri', 'sat', 'sun']] },
  ),
  hours: key(hours, 'Only at these hours.', { examples: ['18:00-08:00'] }),
  zone: key(zone, 'Time zone of days and hours.', { default: 'UTC', examples: ['Europe/Berlin'] }),
  reason: key(line, 'Why, for those who are stopped.', { default: 'freeze' }),
}).check(
  rule(({ from, to, days, hours: daily }) => {
    if (from === undefined && to === undefined && days === undefined && daily === undefined)
      return { path: [], found: 'this holds for ever', expected: 'from, to, days or hours' };
    return from !== undefined && to !== undefined && to <= from
      ? { path: ['to'], found: '"to" is not after "from"', expected: 'an end after the beginning' }
      : undefined;
  }),
);

const money = z.pipe(
  text(/^[0-9]{1,7}(\.[0-9]{1,2})? [A-Z]{3}$/, 14, 'an amount with its currency such as 0 USD'),
  z.transform((value: string): Money => {
    const [amount = '', currency = ''] = value.split(' ');
    return { amount: Number(amount), currency };
  }),
);

const spending = map('a map such as { month: 0 USD }', {
  month: about(money, 'The most that the accounts in use may cost a month.', { examples: ['0 USD'] }),
  prices: key(
    mapOf('a map of prices by account', shortName, money),
    'What an account costs a month. One on a paid plan must stand here: what is not known is never taken for nothing.',
    { examples: [{ render: '7 USD' }] },
  ),
}).check(
  rule(({ month, prices = {} }) => {
    const other = Object.keys(prices).find((account) => prices[account]?.currency !== month.currency);
    return other === undefined
      ? undefined
      : {
          path: ['prices', other],
          found: `"${other}" is in another currency`,
          expected: `a price in ${month.currency}`,
        };
  }),
);

const FACT_WORDS = 'permission, or team:ORGANIZATION/TEAM';
const opa = map('a map such as { bundle: .flotilla/policy.tar.gz, entrypoint: flotilla/deny }', {
  bundle: about(
    text(
      /^\.flotilla\/(?!\.)[A-Za-z0-9._-]+\.tar\.gz$/,
      200,
      'a .tar.gz file in the folder .flotilla such as .flotilla/policy.tar.gz',
    ),
    'What opa build -t wasm wrote, always taken from the default branch.',
    { examples: ['.flotilla/policy.tar.gz'] },
  ),
  entrypoint: about(
    text(/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/, 200, 'an entrypoint such as flotilla/deny'),
    'As given to opa build --entrypoint. Its last part says how its result is read: deny, violation, warn or allow; else it is a package with these.',
    { examples: ['flotilla/deny'] },
  ),
  facts: key(
    listOf(
      `a list of ${FACT_WORDS}`,
      text(/^(permission|team:[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9_-]+)$/, 200, FACT_WORDS),
      20,
    ),
    'What the policy is told of who asks and who approved, besides their names; each is asked of GitHub.',
    { examples: [['permission', 'team:acme/ops']] },
  ),
});

const words = (what: string) =>
  listOf(`a list of ${what}`, text(/^[A-Za-z0-9][A-Za-z0-9 _.-]*$/, 40, `one of the ${what}`), 100);

const rules = map('a map such as { apply: [team:acme/ops] }', {
  ...(Object.fromEntries(RIGHTS.map((right) => [right, key(who, RIGHT_ABOUT[right], { default: 'any' })])) as Record<
    Right,
    z.ZodMiniOptional<typeof who>
  >),
  approvals: key(approvals, 'Plans are only carried out when people have approved them, each by its hash.', {
    examples: [{ of: ['team:acme/ops'], count: 2 }],
  }),
  freeze: key(
    listOf('a list of times', freeze, 100),
    'Times in which nothing new goes out. Rolling back and healing go on.',
  ),
  providers: key(words('types of providers'), 'Types of providers that anything may run at; all when left out.', {
    examples: [['render', 'fly']],
  }),
  regions: key(words('regions'), 'Values of place.region that are allowed; then every resource must have one.', {
    examples: [['eu']],
  }),
  plans: key(words('plans'), 'Plans that the accounts in use may be on; all when left out.', { examples: [['free']] }),
  spending: key(spending, 'What may be spent.'),
  guards: key(
    map(
      'a map such as { delete-protected: permission:admin }',
      Object.fromEntries(LIFTABLE.map((guard) => [guard, key(who, 'Who may lift it.')])),
    ),
    'Who may lift guards; for one that is left out, whoever may apply.',
    { examples: [{ 'delete-protected': 'permission:admin' }] },
  ),
  opa: key(listOf('a list of bundles', opa, 10), 'Policies in Rego, as bundles of Open Policy Agent.'),
});

export const policy = key(
  mapOf(
    'a map of rules by environment, * for all',
    z.union([z.literal('*'), environmentName], { error: 'the name of an environment, or *' }),
    rules,
  ),
  'Who may do what, by environment; * is for what an environment does not say itself. Always read from the default branch.',
  { examples: [{ production: { apply: ['team:acme/ops'] } }] },
);

export const app = key(
  text(/^[a-z0-9][a-z0-9-]{0,99}$/, 100, 'the name of a GitHub App in its address, such as flotilla-acme'),
  'The GitHub App whose dispatches count as done by whoever asked it. Always read from the default branch.',
  { examples: ['flotilla-acme'] },
);

export function policyRulesOf(given: Exclude<z.output<typeof policy>, undefined>): PolicyConfig {
  return Object.fromEntries(
    Object.entries(given).map(([environment, said]) => {
      const {
        approvals: approving,
        freeze: freezing,
        spending: spent,
        providers,
        regions,
        plans,
        guards,
        opa: bundles,
      } = said;
      const rights = compact(Object.fromEntries(RIGHTS.map((right) => [right, said[right]])));
      return [
        environment,
        compact({
          rights,
          approvals: approving && approvalsOf(approving),
          freeze: freezing?.map(freezeOf),
          providers,
          regions,
          plans,
          spending: spent && { month: spent.month, prices: spent.prices ?? {} },
          guards: guards && compact(guards),
          opa: bundles?.map(({ facts = [], ...bundle }) => ({ ...bundle, facts })),
        }),
      ];
    }),
  );
}

function approvalsOf({
  of: anyOf,
  all_of: allOf,
  count = 1,
  self = false,
  for: rights = ['apply', 'destroy'],
}: z.output<typeof approvals>) {
  // Those of whom each is needed are enough by themselves.
  return compact({ anyOf: anyOf ?? (allOf ? [] : undefined), allOf, count, self, for: rights });
}

function freezeOf({
  from,
  to,
  days,
  hours: daily,
  zone: at = 'UTC',
  reason = 'freeze',
}: z.output<typeof freeze>): Freeze {
  return compact({ from, to, days, hours: daily, zone: at, reason });
}

function isZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
