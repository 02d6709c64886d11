import { expect, test } from 'vitest';
import type { Event } from '../../src/model/state.ts';
import { renderHistory } from '../../src/report/terminal/history.ts';
import { PLAIN, align, columns, fit, wrap, type Palette } from '../../src/report/terminal/look.ts';
import { renderOutcome } from '../../src/report/terminal/outcome.ts';
import { renderPlan } from '../../src/report/terminal/plan.ts';
import { renderProblems } from '../../src/report/terminal/problems.ts';
import { renderStatus } from '../../src/report/terminal/status.ts';
import { BLOCKED, HOSTILE, done, outcome, plan, recorded, step } from './sample.ts';

const LOOK = { colours: PLAIN, width: 100 };

test('a plan', () => {
  expect(renderPlan(plan(BLOCKED), LOOK)).toMatchInlineSnapshot(`
    "Plan for production fleet acme, 0123456

      + service/api@local  create   it does not exist yet
          + port: 8080
      ~ site/web@local     update   its source changed
          - env.LEVEL: info
          + env.LEVEL: debug
          - region: eu (needs a new resource)

    warning no health path (flotilla.yml:4)
    blocked delete-protected: database/main holds data and would be deleted (flotilla.yml:12)
            to go on: flotilla apply --allow delete-protected

    1 to create, 1 to update, 3 unchanged. Plan abcd1234abcd
    "
  `);
});

test('an outcome', () => {
  expect(
    renderOutcome(
      outcome({
        result: 'failed',
        steps: [
          done({
            step: step(),
            result: 'failed',
            failure: {
              tag: 'deploy',
              message: 'it never answered',
              mend: 'see the log',
              log: ['boom'],
              restored: true,
            },
          }),
          done({ step: step({ resource: 'site/web' }), result: 'skipped', because: 'service/api@local failed' }),
          done({ step: step({ resource: 'job/x' }) }),
        ],
      }),
      LOOK,
    ),
  ).toMatchInlineSnapshot(`
    "✗ service/api@local create failed
      it never answered
      │ boom
      The deployment before it was restored and still serves.
      see the log

    – site/web@local create skipped: service/api@local failed

      service/api  http://127.0.0.1:4001

    1 failed, 1 skipped, 1 created in 1 min 5 s, 3 state commits.
    "
  `);
});

test('the status', () => {
  const now = Date.parse('2026-11-20T10:02:00Z');
  expect(renderStatus('production', recorded(), LOOK, now)).toMatchInlineSnapshot(`
    "production fleet acme, 0123456, applied 2 min ago: succeeded

      ● service/api  local (eu)  live    http://127.0.0.1:4001
      ● site/web     local       failed
          last change failed: health check failed
    "
  `);
  expect(renderStatus('staging', { environment: null, resources: new Map(), secrets: new Map() }, LOOK, now)).toContain(
    'Nothing runs here',
  );
});

function event(given: Partial<Event>): Event {
  return {
    id: '1',
    at: '2026-11-20T10:00:00.123Z',
    kind: 'apply.started',
    environment: 'production',
    actor: 'alice',
    run: 'local:host:1:2',
    commit: null,
    ...given,
  };
}

test('the history', () => {
  expect(
    renderHistory(
      [
        event({ kind: 'apply.finished', plan: 'abcd' }),
        event({
          kind: 'step.failed',
          resource: 'service/api',
          provider: 'local',
          action: 'create',
          message: 'it never answered',
        }),
        event({ kind: 'step.intended', resource: 'service/api', provider: 'local', action: 'create' }),
        event({}),
      ],
      LOOK,
    ),
  ).toMatchInlineSnapshot(`
    "2026-11-20 10:00:00  ■ apply finished, plan abcd          alice
    2026-11-20 10:00:00  ✗ create service/api@local           alice  it never answered
    2026-11-20 10:00:00  ▶ apply started, run local:host:1:2  alice
    "
  `);
  expect(renderHistory([], LOOK)).toBe('Nothing has happened here yet.\n');
});

test('problems show their line with a caret under the column', () => {
  const source = 'fleet: acme\nservices:\n  日本: { prot: 1 }\n';
  expect(
    renderProblems(
      [
        {
          position: { file: 'flotilla.yml', line: 3, column: 9 },
          path: 'services.日本.prot',
          message: 'unknown key "prot"',
          hint: 'did you mean "port"?',
        },
        { position: { file: 'flotilla.yml', line: 40, column: 1 }, path: '', message: 'no such line' },
      ],
      (file) => (file === 'flotilla.yml' ? source : undefined),
      LOOK,
    ),
  ).toMatchInlineSnapshot(`
    "flotilla.yml:3:9 unknown key "prot"
      3 │   日本: { prot: 1 }
        │           ^ did you mean "port"?

    flotilla.yml:40:1 no such line

    2 problems in the config
    "
  `);
});

test('a column far out in a long line stays in sight', () => {
  const line = `${'x'.repeat(5000)}!${'y'.repeat(5000)}`;
  const text = renderProblems(
    [{ position: { file: 'f', line: 1, column: 5001 }, path: '', message: 'm' }],
    () => line,
    { colours: PLAIN, width: 60 },
  );
  const [, excerpt = '', caret = ''] = text.split('\n');
  expect(excerpt[caret.indexOf('^')]).toBe('!');
  expect(columns(excerpt)).toBeLessThanOrEqual(60);
});

test('nothing drives the terminal but the colours handed in', () => {
  const hostile = plan({
    environment: HOSTILE,
    steps: [step({ resource: `job/${HOSTILE}`, because: HOSTILE, diff: [{ path: HOSTILE, to: HOSTILE }] })],
    warnings: [{ message: HOSTILE }],
  });
  const failure = { tag: 'deploy' as const, message: HOSTILE, mend: HOSTILE, log: [HOSTILE] };
  const text = [
    renderPlan(hostile, LOOK),
    renderOutcome(
      outcome({
        plan: hostile,
        steps: [done({ step: step(), result: 'failed', failure })],
        outputs: { x: { url: HOSTILE } },
      }),
      LOOK,
    ),
    renderProblems(
      [{ position: { file: HOSTILE, line: 1, column: 5 }, path: '', message: HOSTILE, hint: HOSTILE }],
      () => HOSTILE,
      LOOK,
    ),
  ].join('');
  // eslint-disable-next-line no-control-regex
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
});

test('colours are those handed in', () => {
  const red: Palette = { ...PLAIN, green: (text) => `<${text}>` };
  expect(renderPlan(plan(), { colours: red, width: 80 })).toContain('<+>');
});

test('columns, fitting, wrapping, aligning', () => {
  expect(columns('日本 a🚢')).toBe(8);
  expect(fit('日本語', 5)).toBe('日本…');
  expect(fit('abc', 3)).toBe('abc');
  expect(wrap('aa bb cc', 5)).toEqual(['aa bb', 'cc']);
  expect(
    align([
      ['日', 'x'],
      ['abc', 'y'],
    ]).map(({ text }) => text),
  ).toEqual(['日   x', 'abc  y']);
});
