import type { Limit } from '../../provider-kit/provider.ts';

const date = '2026-11-20';
const source = 'https://docs.github.com/en/pages/getting-started-with-github-pages/github-pages-limits';
const read = { source, date, confidence: 'documented' } as const;

/** Most bytes of a published site. */
export const LARGEST_SITE = 1e9;
/** Most bytes of one file that GitHub takes. */
export const LARGEST_FILE = 100e6;

/** The same on every plan of GitHub's. Bandwidth and builds are soft: GitHub writes before it acts. */
export const limits: Limit[] = [
  {
    what: 'sites',
    amount: 1,
    unit: 'sites',
    per: 'repository',
    measure: 'instances',
    kinds: ['site'],
    source: 'https://docs.github.com/en/pages/getting-started-with-github-pages/what-is-github-pages',
    date,
    confidence: 'documented',
  },
  { what: 'a published site', amount: LARGEST_SITE, unit: 'bytes', per: 'site', ...read },
  { what: 'bandwidth (soft)', amount: 100e9, unit: 'bytes', per: 'month', measure: 'bandwidth', ...read },
  { what: 'builds (soft)', amount: 10, unit: 'builds', per: 'hour', ...read },
  { what: 'time of a deployment', amount: 10, unit: 'minutes', per: 'deployment', ...read },
  {
    what: 'a file',
    amount: LARGEST_FILE,
    unit: 'bytes',
    per: 'file',
    source: 'https://docs.github.com/en/rest/git/blobs',
    date,
    confidence: 'documented',
  },
  {
    what: 'API requests with the token of a workflow',
    amount: 1000,
    unit: 'requests',
    per: 'hour',
    source: 'https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api',
    date,
    confidence: 'documented',
  },
];
