import type { Limit } from '../../provider-kit/provider.ts';

const TRIAL = {
  source: 'https://fly.io/docs/about/free-trial/',
  date: '2026-11-20',
  confidence: 'documented',
} as const;
const API = {
  source: 'https://fly.io/docs/machines/api/working-with-machines-api/',
  date: '2026-11-20',
  confidence: 'documented',
} as const;

/** New organizations have a trial and no free allowance after it: `plan: trial` has placement count it. */
export const limits: Limit[] = [
  { what: 'machine time of the trial', amount: 2, unit: 'hours', per: 'once', ...TRIAL },
  { what: 'length of the trial', amount: 7, unit: 'days', per: 'once', ...TRIAL },
  {
    what: 'machines in the trial',
    amount: 10,
    unit: 'machines',
    per: 'account',
    measure: 'instances',
    plan: 'trial',
    ...TRIAL,
  },
  {
    what: 'memory of a machine in the trial',
    amount: 4_000_000_000,
    unit: 'bytes',
    per: 'machine',
    measure: 'memory',
    each: true,
    plan: 'trial',
    ...TRIAL,
  },
  { what: 'volumes in the trial', amount: 20_000_000_000, unit: 'bytes', per: 'account', ...TRIAL },
  { what: 'time until a machine is stopped in the trial', amount: 5, unit: 'minutes', per: 'start', ...TRIAL },
  { what: 'requests of one action on one machine or app', amount: 1, unit: 'requests', per: 'second', ...API },
  { what: 'requests for the state of one machine', amount: 5, unit: 'requests', per: 'second', ...API },
  { what: 'apps deleted', amount: 100, unit: 'requests', per: 'minute', ...API },
];
