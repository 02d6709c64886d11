import type { Limit } from '../../provider-kit/provider.ts';

const FREE = {
  source: 'https://www.koyeb.com/docs/reference/instances',
  date: '2026-11-20',
  confidence: 'unverified',
} as const;

/** What is known of the free tier contradicts itself; an organization's own quotas tell what it really has. */
export const limits: Limit[] = [
  { what: 'free web services', amount: 1, unit: 'services', per: 'account', ...FREE },
  { what: 'memory of a free service', amount: 512_000_000, unit: 'bytes', per: 'service', ...FREE },
  { what: 'processor of a free service', amount: 0.1, unit: 'cores', per: 'service', ...FREE },
  { what: 'disk of a free service', amount: 2_000_000_000, unit: 'bytes', per: 'service', ...FREE },
  {
    what: 'API requests',
    amount: 400,
    unit: 'requests',
    per: 'minute',
    source: 'https://www.koyeb.com/docs/reference/api',
    date: '2026-11-20',
    confidence: 'unverified',
  },
];
