import type { Limit } from '../../provider-kit/provider.ts';

const DYNOS = {
  source: 'https://devcenter.heroku.com/articles/eco-dyno-hours',
  date: '2026-11-20',
  confidence: 'unverified',
} as const;
const API = {
  source: 'https://devcenter.heroku.com/articles/platform-api-reference',
  date: '2026-11-20',
  confidence: 'unverified',
} as const;

/** There is no free tier since November 2022; `plan: eco` has placement count the hours of Eco dynos. */
export const limits: Limit[] = [
  { what: 'free instance hours', amount: 0, unit: 'hours', per: 'month', ...DYNOS },
  { what: 'price of all Eco dynos together', amount: 5, unit: 'USD', per: 'month', ...DYNOS },
  {
    what: 'hours of all Eco dynos together',
    amount: 1000,
    unit: 'hours',
    per: 'month',
    measure: 'hours',
    plan: 'eco',
    ...DYNOS,
  },
  { what: 'API requests', amount: 4500, unit: 'requests', per: 'hour', ...API },
];
