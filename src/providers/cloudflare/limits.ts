import type { Limit } from '../../provider-kit/provider.ts';

const date = '2026-11-20';

/** The Free plan, and what the API takes. Requests for static assets are free and not counted. */
export const limits: Limit[] = [
  {
    what: 'requests that run a Worker',
    amount: 100_000,
    unit: 'requests',
    per: 'day',
    source: 'https://developers.cloudflare.com/workers/platform/limits/',
    date,
    confidence: 'unverified',
  },
  {
    what: 'requests that run a Worker, in 30 days of that limit',
    amount: 3_000_000,
    unit: 'requests',
    per: 'month',
    measure: 'requests',
    kinds: ['service'],
    source: 'https://developers.cloudflare.com/workers/platform/limits/',
    date,
    confidence: 'unverified',
  },
  ...(
    [
      ['files of a site', 20_000, 'files', 'site'],
      ['a file of a site', 25 * 1024 * 1024, 'bytes', 'file'],
    ] as const
  ).map(([what, amount, unit, per]): Limit => {
    const source = 'https://developers.cloudflare.com/pages/platform/limits/';
    return { what, amount, unit, per, source, date, confidence: 'documented' };
  }),
  {
    what: 'API requests',
    amount: 1200,
    unit: 'requests',
    per: '5 minutes',
    source: 'https://developers.cloudflare.com/fundamentals/api/reference/limits/',
    date,
    confidence: 'documented',
  },
];
