import type { Limit } from '../../provider-kit/provider.ts';

const date = '2026-11-20';
const source = 'https://vercel.com/docs/limits';

/** The Hobby plan, which is for personal, non-commercial use; read in a copy of the page of 2026-03-02. */
export const limits: Limit[] = (
  [
    ['projects', 200, 'projects', 'account', 'instances'],
    ['deployments', 100, 'deployments', 'day'],
    ['files of a deployment that are sent', 100e6, 'bytes', 'deployment'],
    ['data transfer', 100e9, 'bytes', 'month', 'bandwidth'],
    ['function invocations', 1e6, 'invocations', 'month'],
    ['function CPU time', 4, 'hours', 'month'],
    ['build time', 6000, 'minutes', 'month'],
  ] as const
).map(([what, amount, unit, per, measure]): Limit => {
  const counted = measure ? { measure } : {};
  return { what, amount, unit, per, source, date, confidence: 'unverified', ...counted };
});
