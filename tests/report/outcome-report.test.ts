import { describe, expect, test } from 'vitest';
import type { Failure } from '../../src/model/errors.ts';
import { outcomeReport } from '../../src/report/outcome-report.ts';
import { SUMMARY_LIMIT, outcomeSummaryPage, planSummaryPage } from '../../src/report/job-summary.ts';
import { BLOCKED, HOSTILE, done, outcome, plan, step } from './sample.ts';

const DEPLOY: Failure = {
  tag: 'deploy',
  message: 'it answered 500 at /healthz',
  mend: 'see the log',
  log: ['starting', 'boom'],
  restored: true,
};

test('an apply that succeeded', () => {
  const report = outcomeReport(outcome(), { requests: 7 });
  expect(report).toMatchObject({ conclusion: 'success', title: '1 created, 1 updated', annotations: [], actions: [] });
  expect(report.summary).toMatchInlineSnapshot(`
    "**1 created, 1 updated**, 3 unchanged · fleet \`acme\`, environment \`production\`, commit \`0123456\` · took 1 min 5 s · 3 state commits · 7 API requests · plan \`abcd1234abcd\`

    |  | Resource | Action | Provider | Result | Took |
    | --- | --- | --- | --- | --- | --- |
    | ✓ | \`service/api\` | + create | \`local\` | succeeded | 1.2 s |
    | ✓ | \`site/web\` | ~ update | \`local\` | succeeded | 1.2 s |

    **Outputs**

    | Resource | Output | Value |
    | --- | --- | --- |
    | \`service/api\` | \`url\` | <http://127.0.0.1:4001> |
    | \`service/api\` | \`port\` | \`4001\` |
    "
  `);
});

test('an apply of which a step failed', () => {
  const { steps } = plan();
  const [api, web] = steps as [(typeof steps)[0], (typeof steps)[0]];
  const report = outcomeReport(
    outcome({
      result: 'failed',
      steps: [
        done({ step: api, result: 'failed', failure: DEPLOY, attempts: 2 }),
        done({ step: web, result: 'skipped', because: 'service/api@local failed', duration: 0 }),
      ],
      outputs: {},
    }),
  );
  expect(report).toMatchInlineSnapshot(`
    {
      "actions": [
        {
          "description": "Plan and apply this commit once more",
          "identifier": "apply",
          "label": "Apply again",
        },
      ],
      "annotations": [
        {
          "annotation_level": "failure",
          "end_line": 4,
          "message": "it answered 500 at /healthz
    see the log",
          "path": "flotilla.yml",
          "start_line": 4,
          "title": "create service/api@local failed",
        },
      ],
      "conclusion": "failure",
      "summary": "**1 failed, 1 skipped**, 3 unchanged · fleet \`acme\`, environment \`production\`, commit \`0123456\` · took 1 min 5 s · 3 state commits · plan \`abcd1234abcd\`

    **Failed**

    <details open><summary><code>service/api&#64;local</code> create</summary>

    it answered 500 at /healthz

    **To mend it:** see the log

    The deployment before it was restored and still serves.

    \`\`\`
    starting
    boom
    \`\`\`

    </details>

    |  | Resource | Action | Provider | Result | Took |
    | --- | --- | --- | --- | --- | --- |
    | ✗ | \`service/api\` | + create | \`local\` | failed, 2 attempts | 1.2 s |
    | – | \`site/web\` | ~ update | \`local\` | skipped: \`service/api@local failed\` |  |
    ",
      "text": "<details><summary>+ <code>service/api&#64;local</code> create</summary>

    it does not exist yet.

    \`\`\`diff
    + port: 8080
    \`\`\`

    </details>
    <details><summary>~ <code>site/web&#64;local</code> update</summary>

    its source changed.

    After \`service/api@local\`.

    \`\`\`diff
    - env.LEVEL: info
    + env.LEVEL: debug
    - region: eu (needs a new resource)
    \`\`\`

    </details>

    #### Placement

    | Resource | On | Region | Replicas | Because |
    | --- | --- | --- | --- | --- |
    | \`service/api\` | \`local\` |  | 2 | the only provider |
    ",
      "title": "1 failed, 1 skipped",
    }
  `);
});

function failing(...tags: Failure['tag'][]): string {
  const steps = tags.map((tag) => done({ step: step(), result: 'failed', failure: { tag, message: 'x' } }));
  return outcomeReport(outcome({ result: 'failed', steps })).conclusion;
}

describe('conclusions', () => {
  test('come from the error table', () => {
    expect(failing('credential')).toBe('action_required');
    expect(failing('credential', 'transient')).toBe('failure');
    expect(failing('bug')).toBe('failure');
    expect(failing()).toBe('failure');
  });

  test('a provider that could not be asked is no success', () => {
    const unread = [
      {
        provider: 'render',
        failure: { tag: 'credential' as const, message: '401' },
        resources: ['service/api' as const],
      },
    ];
    const report = outcomeReport(outcome({ result: 'failed', steps: [], plan: plan({ steps: [], unread }) }));
    expect(report).toMatchObject({ conclusion: 'action_required', title: '1 provider could not be asked' });
    expect(report.summary).toContain('- `render`, where 1 resource lives: 401\n');
  });

  test('for runs that did not fail', () => {
    expect(outcomeReport(outcome({ result: 'unchanged', steps: [] }))).toMatchObject({
      conclusion: 'success',
      title: 'No changes',
    });
    expect(
      outcomeReport(outcome({ result: 'interrupted', steps: [done({ step: step(), result: 'interrupted' })] })),
    ).toMatchObject({
      conclusion: 'cancelled',
      title: 'Interrupted: 1 interrupted',
    });
    const blocked = outcomeReport(outcome({ result: 'blocked', plan: plan(BLOCKED), steps: [] }));
    expect(blocked.conclusion).toBe('action_required');
    expect(blocked.summary).toContain('`flotilla apply --allow delete-protected`');
  });
});

test('logs keep their last fifty lines and cannot leave their block', () => {
  const log = Array.from({ length: 80 }, (_, index) => `line ${index} ${HOSTILE}`);
  const report = outcomeReport(
    outcome({ result: 'failed', steps: [done({ step: step(), result: 'failed', failure: { ...DEPLOY, log } })] }),
  );
  expect(report.summary).not.toContain('line 29 ');
  expect(report.summary).toContain('line 30 ');
  const block = /^(`{3,})\n[^]*?\n\1$/m.exec(report.summary)?.[0] ?? '';
  expect(block.split('\n')).toHaveLength(52);
});

test('a job summary holds a plan of thousands and stays under its megabyte', () => {
  const steps = Array.from({ length: 20_000 }, (_, index) =>
    step({ resource: `job/n-${index}`, diff: [{ path: 'a', to: 'b'.repeat(100) }] }),
  );
  for (const page of [planSummaryPage(plan({ steps })), outcomeSummaryPage(outcome({ plan: plan({ steps }) }))]) {
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(SUMMARY_LIMIT);
    expect(Buffer.byteLength(page)).toBeGreaterThan(SUMMARY_LIMIT * 0.9);
  }
  expect(planSummaryPage(plan({ environment: HOSTILE }))).toMatch(/^## Flotilla plan for .*\n/);
});
