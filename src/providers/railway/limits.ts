import type { Limit } from '../../provider-kit/provider.ts';

const PRICING = {
  source: 'https://docs.railway.com/reference/pricing/free-trial',
  date: '2026-11-20',
  confidence: 'documented',
} as const;
const API = {
  source: 'https://docs.railway.com/integrations/api',
  date: '2026-11-20',
  confidence: 'documented',
} as const;

/** A trial of 30 days with a credit of $5, then the Free plan with a small credit a month. */
export const limits: Limit[] = [
  { what: 'credit of the trial', amount: 5, unit: 'USD', per: 'once', ...PRICING },
  { what: 'length of the trial', amount: 30, unit: 'days', per: 'once', ...PRICING },
  { what: 'services in the trial', amount: 5, unit: 'services', per: 'project', ...PRICING },
  {
    what: 'memory in the trial',
    amount: 1_073_741_824,
    unit: 'bytes',
    per: 'replica',
    measure: 'memory',
    each: true,
    plan: 'trial',
    ...PRICING,
  },
  {
    what: 'CPU in the trial',
    amount: 2000,
    unit: 'millicpu',
    per: 'replica',
    measure: 'cpu',
    each: true,
    plan: 'trial',
    ...PRICING,
  },
  { what: 'credit', amount: 1, unit: 'USD', per: 'month', ...PRICING },
  { what: 'replicas', amount: 1, unit: 'replicas', per: 'service', measure: 'instances', each: true, ...PRICING },
  { what: 'memory', amount: 536_870_912, unit: 'bytes', per: 'replica', measure: 'memory', each: true, ...PRICING },
  { what: 'CPU', amount: 1000, unit: 'millicpu', per: 'replica', measure: 'cpu', each: true, ...PRICING },
  { what: 'volume', amount: 500_000_000, unit: 'bytes', per: 'service', ...PRICING },
  { what: 'image', amount: 4_000_000_000, unit: 'bytes', per: 'deployment', ...PRICING },
  { what: 'time that images are kept for rolling back', amount: 24, unit: 'hours', per: 'deployment', ...PRICING },
  { what: 'API requests', amount: 100, unit: 'requests', per: 'hour', ...API },
];
