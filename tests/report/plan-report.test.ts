import { describe, expect, test } from 'vitest';
import { ConfigError, CredentialError } from '../../src/model/errors.ts';
import { CHECK_LIMIT, checkName, type CheckReport } from '../../src/report/check-report.ts';
import { failureReport } from '../../src/report/failure-report.ts';
import { planReport } from '../../src/report/plan-report.ts';
import { BLOCKED, HOSTILE, plan, step } from './sample.ts';

function expectWithinLimits(report: CheckReport): void {
  expect(Buffer.byteLength(report.summary)).toBeLessThanOrEqual(CHECK_LIMIT.text);
  expect(Buffer.byteLength(report.text)).toBeLessThanOrEqual(CHECK_LIMIT.text);
  expect(report.title.length).toBeLessThanOrEqual(CHECK_LIMIT.title);
  expect(report.actions.length).toBeLessThanOrEqual(CHECK_LIMIT.actions);
  for (const { identifier, label, description } of report.actions) {
    expect(identifier.length).toBeLessThanOrEqual(CHECK_LIMIT.identifier);
    expect(label.length).toBeLessThanOrEqual(CHECK_LIMIT.label);
    expect(description.length).toBeLessThanOrEqual(CHECK_LIMIT.description);
  }
}

test('a plan as a check run', () => {
  expect(planReport(plan(), { requests: 3 })).toMatchInlineSnapshot(`
    {
      "actions": [
        {
          "description": "Look at the providers and plan afresh",
          "identifier": "plan",
          "label": "Plan again",
        },
      ],
      "annotations": [
        {
          "annotation_level": "warning",
          "end_line": 4,
          "message": "no health path",
          "path": "flotilla.yml",
          "start_line": 4,
          "title": "Warning",
        },
        {
          "annotation_level": "notice",
          "end_line": 4,
          "message": "it does not exist yet",
          "path": "flotilla.yml",
          "start_line": 4,
          "title": "create service/api@local",
        },
        {
          "annotation_level": "notice",
          "end_line": 9,
          "message": "its source changed",
          "path": "flotilla.yml",
          "start_line": 9,
          "title": "update site/web@local",
        },
      ],
      "conclusion": "success",
      "summary": "**1 to create, 1 to update**, 3 unchanged · fleet \`acme\`, environment \`production\`, commit \`0123456\` · providers asked · plan \`abcd1234abcd\` · 3 API requests

    **Warnings**

    - no health path (\`flotilla.yml:4\`)

    |  | Resource | Action | Provider | Because |
    | --- | --- | --- | --- | --- |
    | \`+\` | \`service/api\` | create | \`local\` | it does not exist yet |
    | \`~\` | \`site/web\` | update | \`local\` | its source changed |
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
      "title": "1 to create, 1 to update",
    }
  `);
});

describe('conclusions', () => {
  test('no changes are a success', () => {
    const report = planReport(plan({ steps: [], unchanged: 5 }));
    expect(report).toMatchObject({ conclusion: 'success', title: 'No changes' });
    expectWithinLimits(report);
  });

  test('changes are a success too: the plan is fine', () => {
    expect(planReport(plan())).toMatchObject({ conclusion: 'success', title: '1 to create, 1 to update' });
  });

  test('a block asks for action, says the exact words and marks its line', () => {
    const report = planReport(plan(BLOCKED));
    expect(report).toMatchObject({ conclusion: 'action_required', title: 'Blocked: 1 to create, 1 to update' });
    expect(report.summary).toContain('`flotilla apply --allow delete-protected`');
    expect(report.annotations[0]).toMatchObject({ annotation_level: 'failure', start_line: 12 });
  });

  test('a config that is wrong fails with an annotation a problem', () => {
    const problem = {
      position: { file: 'flotilla.yml', line: 3, column: 5 },
      path: 'services.api.prot',
      message: 'unknown key "prot"',
      hint: 'did you mean "port"?',
    };
    const report = failureReport(
      new ConfigError([problem, { ...problem, position: { file: 'flotilla.yml', line: 7, column: 1 } }]),
      'plan',
    );
    expect(report).toMatchInlineSnapshot(`
      {
        "actions": [],
        "annotations": [
          {
            "annotation_level": "failure",
            "end_line": 3,
            "message": "unknown key "prot"
      did you mean "port"?",
            "path": "flotilla.yml",
            "start_line": 3,
            "title": "services.api.prot",
          },
          {
            "annotation_level": "failure",
            "end_line": 7,
            "message": "unknown key "prot"
      did you mean "port"?",
            "path": "flotilla.yml",
            "start_line": 7,
            "title": "services.api.prot",
          },
        ],
        "conclusion": "failure",
        "summary": "**2 problems in the config.** Nothing was planned.

      | Where | What | Problem |
      | --- | --- | --- |
      | \`flotilla.yml:3:5\` | \`services.api.prot\` | unknown key "prot" (did you mean "port"?) |
      | \`flotilla.yml:7:1\` | \`services.api.prot\` | unknown key "prot" (did you mean "port"?) |
      ",
        "text": "",
        "title": "2 problems in the config",
      }
    `);
  });

  test('a missing token asks for action, a bug says that it is one', () => {
    expect(
      failureReport(new CredentialError('no token for render', { mend: 'set RENDER_API_KEY' }), 'plan'),
    ).toMatchObject({
      conclusion: 'action_required',
      title: 'Could not plan: no token for render',
      summary: 'no token for render\n\n**To mend it:** set RENDER_API_KEY\n',
    });
    const bug = failureReport(new TypeError('x is not a function'), 'apply');
    expect(bug).toMatchObject({ conclusion: 'failure', title: 'A bug in Flotilla' });
    expect(bug.summary).not.toMatch(/\n\s+at /);
  });
});

describe('limits', () => {
  test('thousands of steps are cut at a row and say how many are left', () => {
    const steps = Array.from({ length: 5000 }, (_, index) =>
      step({
        resource: `service/number-${index}`,
        diff: [{ path: 'port', to: index }],
        position: { file: 'flotilla.yml', line: index + 1, column: 1 },
      }),
    );
    const report = planReport(plan({ steps }), { url: 'https://github.com/acme/fleet/actions/runs/1' });
    expectWithinLimits(report);
    const told = Number(/… and (\d+) more, see \[the whole plan\]\(https:[^)]+\)\n$/.exec(report.summary)?.[1]);
    expect(told + (report.summary.match(/`\+`/g)?.length ?? 0)).toBe(5000);
    expect(report.text.match(/<details>/g)).toHaveLength(report.text.match(/<\/details>/g)?.length ?? 0);
    expect(report.annotations.filter((one) => one.annotation_level === 'notice')).toHaveLength(5000);
  });

  test('huge values, messages and lists stay within them', () => {
    const huge = 'é'.repeat(200_000);
    expectWithinLimits(
      planReport(
        plan({
          steps: [
            step({ because: huge, diff: Array.from({ length: 1000 }, () => ({ path: huge, from: huge, to: [huge] })) }),
          ],
          warnings: [{ message: huge }],
          blocks: [
            {
              guard: 'mass-change',
              message: huge,
              resources: Array.from({ length: 3000 }, (_, index) => `job/${index}` as const),
              liftable: true,
              lift: huge,
            },
          ],
        }),
      ),
    );
    expectWithinLimits(failureReport(new CredentialError(huge, { mend: huge }), 'plan'));
    expectWithinLimits(
      failureReport(
        new ConfigError(
          Array.from({ length: 300 }, () => ({
            position: { file: huge, line: 1, column: 1 },
            path: huge,
            message: huge,
          })),
        ),
        'plan',
      ),
    );
  });
});

test('hostile names stay words', () => {
  const report = planReport(
    plan({
      fleet: HOSTILE,
      environment: HOSTILE,
      steps: [
        step({
          resource: `service/${HOSTILE}`,
          because: HOSTILE,
          provider: HOSTILE,
          diff: [{ path: HOSTILE, to: HOSTILE }],
        }),
      ],
      placement: {
        [`service/${HOSTILE}` as const]: [{ provider: HOSTILE, region: HOSTILE, replicas: 1, because: HOSTILE }],
      },
      warnings: [{ message: HOSTILE, position: { file: HOSTILE, line: 1, column: 1 } }],
      blocks: [
        { guard: 'foreign', message: HOSTILE, resources: [`service/${HOSTILE}`], liftable: false, lift: HOSTILE },
      ],
    }),
  );
  // What stands in code blocks and code spans is inert whatever it is.
  const outside = (report.summary + report.text)
    .replace(/^(`{3,})diff\n[^]*?\n\1$/gm, '')
    .replace(/`[^`\n]*`/g, '')
    .replace(/<code>.*?<\/code>/g, '');
  expect(outside).not.toMatch(/@\w|https?:\/\/|\]\(|<img|`/);
  expect(report.summary.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(3);
  expect(outside.match(/<\/details>/g)).toHaveLength(1);
  expect(report.annotations[0]?.message).not.toMatch(/\p{Cf}/u);
});

test('check names are what branch protection refers to', () => {
  expect(checkName('plan', 'production')).toBe('flotilla / plan (production)');
  expect(checkName('apply')).toBe('flotilla / apply');
});
