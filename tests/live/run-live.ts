/** `npm run live`: the conformance suite, as far as that is possible, against the real accounts that the environment names. */
import { appendFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { harnesses } from '../../src/providers/conformance.gen.ts';
import { createMatrix } from '../conformance/matrix.ts';
import { declareLive, LIVE_CASES } from './declare-live.ts';
import { liveAccounts } from './live-accounts.ts';
import { liveSummary } from './live-summary.ts';

const { env } = process;
const { ready, notRun } = liveAccounts(env, await Promise.all(Object.values(harnesses).map((load) => load())));
const matrix = createMatrix(LIVE_CASES);

for (const live of ready) declareLive(live, matrix, env['GITHUB_SHA']);

test('every provider is run, or is said not to be and why', () => {
  expect(ready.length + notRun.length).toBe(Object.keys(harnesses).length);
});

afterAll(() => {
  const summary = liveSummary(matrix.text(), notRun);
  console.log(summary);
  if (env['GITHUB_STEP_SUMMARY']) appendFileSync(env['GITHUB_STEP_SUMMARY'], summary);
});
