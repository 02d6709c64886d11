import type { Limit } from '../../provider-kit/provider.ts';

const FREE = { source: 'https://render.com/docs/free', date: '2026-11-20' } as const;
const API = {
  source: 'https://api-docs.render.com/reference/rate-limiting',
  date: '2026-11-20',
  confidence: 'unverified',
} as const;

/** Of free web services and of the API; the free amounts were read in a stored copy of the page. */
export const limits: Limit[] = [
  {
    what: 'instance time of free services',
    amount: 750,
    unit: 'hours',
    per: 'month',
    measure: 'hours',
    kinds: ['service'],
    ...FREE,
    confidence: 'documented',
  },
  {
    what: 'idle time before a free service sleeps',
    amount: 15,
    unit: 'minutes',
    per: 'service',
    ...FREE,
    confidence: 'documented',
  },
  {
    what: 'instances of a free service',
    amount: 1,
    unit: 'instances',
    per: 'service',
    measure: 'instances',
    each: true,
    kinds: ['service'],
    ...FREE,
    confidence: 'documented',
  },
  {
    what: 'size of a free database',
    amount: 1_000_000_000,
    unit: 'bytes',
    per: 'database',
    ...FREE,
    confidence: 'documented',
  },
  { what: 'life of a free database', amount: 30, unit: 'days', per: 'database', ...FREE, confidence: 'unverified' },
  { what: 'API reads', amount: 400, unit: 'requests', per: 'minute', ...API },
  { what: 'creating and changing services', amount: 20, unit: 'requests', per: 'minute', ...API },
  { what: 'deploys of a service', amount: 10, unit: 'requests', per: 'minute', ...API },
];
