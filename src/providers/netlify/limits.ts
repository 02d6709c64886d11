import type { Limit } from '../../provider-kit/provider.ts';

const date = '2026-11-20';
const pricing = 'https://www.netlify.com/pricing/';

/** The Free plan, and what the API takes. Netlify has counted in credits since September 2025. */
export const limits: Limit[] = [
  { what: 'credits', amount: 300, unit: 'credits', per: 'month', source: pricing, date, confidence: 'documented' },
  {
    what: 'cost of a production deploy',
    amount: 15,
    unit: 'credits',
    per: 'deploy',
    source: pricing,
    date,
    confidence: 'unverified',
  },
  {
    what: 'production deploys that the credits pay for',
    amount: 20,
    unit: 'deploys',
    per: 'month',
    measure: 'builds',
    source: pricing,
    date,
    confidence: 'unverified',
  },
  ...(
    [
      ['API requests', 500, 'requests', 'minute'],
      ['deploys of a site', 3, 'deploys', 'minute'],
      ['deploys of a site', 100, 'deploys', 'day'],
    ] as const
  ).map(([what, amount, unit, per]): Limit => {
    const source = 'https://docs.netlify.com/api-and-cli-guides/api-guides/get-started-with-api/';
    return { what, amount, unit, per, source, date, confidence: 'unverified' };
  }),
];
