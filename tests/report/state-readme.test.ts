import { expect, test } from 'vitest';
import { renderStateReadme } from '../../src/report/state-readme.ts';
import { HOSTILE, recorded } from './sample.ts';
import { statusInput } from './status-sample.ts';

const EMPTY = { environment: null, resources: new Map(), secrets: new Map() };

test('the fleet at a glance', () => {
  expect(renderStateReadme(undefined, 'production', recorded())).toMatchInlineSnapshot(`
    "# The fleet

    What this repository runs, written by [Flotilla](https://github.com/flotilla-dev/flotilla). This branch is its memory: do not edit it, do not delete it.

    <!-- flotilla:environment production -->
    ## production

    Last apply 2026-11-20T10:00:00Z: succeeded, commit \`0123456\`, plan \`abcd1234abcd\`. 2 instances.

    | Resource | Runs on | Phase | Address |
    | --- | --- | --- | --- |
    | \`service/api\` | \`local (eu)\` | live | <http://127.0.0.1:4001> |
    | \`site/web\` | \`local\` | failed, last change failed |  |
    <!-- flotilla:end -->
    "
  `);
});

test('a run rewrites its own section only, whatever the names', () => {
  const hostile = 'x --> <script> <!-- flotilla:end -->';
  let text = renderStateReadme(undefined, 'staging', recorded());
  text = renderStateReadme(text, hostile, EMPTY);
  text = renderStateReadme(text, 'production', recorded());
  const staging = /<!-- flotilla:environment staging -->[^]*?<!-- flotilla:end -->/.exec(text)?.[0];
  expect(staging).toContain('http://127.0.0.1:4001');
  const again = renderStateReadme(text, 'production', EMPTY);
  expect(again).toContain(staging);
  expect(again.match(/<!-- flotilla:environment /g)).toHaveLength(3);
  expect(again).not.toContain('<script>');
  expect(renderStateReadme(again, 'production', recorded())).toBe(text);
});

test('the order of runs does not show', () => {
  const one = renderStateReadme(renderStateReadme(undefined, 'a', EMPTY), 'b', recorded());
  const other = renderStateReadme(renderStateReadme(undefined, 'b', recorded()), 'a', EMPTY);
  expect(one).toBe(other);
});

test('says how the fleet fares where that is known', () => {
  const { health, numbers, incidents } = statusInput();
  const last = health?.instances['service/api@render'];
  if (!health || !last) throw new Error('the sample has no health');
  const state = { ...recorded(), health: { ...health, instances: { 'service/api@local': last } } };
  const text = renderStateReadme(undefined, 'production', state, { incidents, numbers });
  expect(text.split('\n').filter((line) => /^[|-]|open/.test(line))).toMatchInlineSnapshot(`
    [
      "2 incidents are open:",
      "- worker was changed behind our back, since 2026-11-18T12:30:00.000Z (issue 41)",
      "- checkout does not answer, since 2026-11-20T12:04:00.000Z (issue 41)",
      "| Resource | Runs on | Phase | Address | Health | Uptime, 30 days |",
      "| --- | --- | --- | --- | --- | --- |",
      "| \`service/api\` | \`local (eu)\` | live | <http://127.0.0.1:4001> | 🟢 up | 99.99 % |",
      "| \`site/web\` | \`local\` | failed, last change failed |  |  | 100 % |",
    ]
  `);
  const none = renderStateReadme(undefined, 'production', state, { incidents: [] });
  expect(none).toContain('No incident is open.');
  expect(none).not.toContain('Uptime');
});

test('what incidents say means nothing but itself', () => {
  const [incident] = statusInput().incidents;
  if (!incident) throw new Error('the sample has no incident');
  const text = renderStateReadme(undefined, 'production', recorded(), {
    incidents: [{ ...incident, title: HOSTILE, began: HOSTILE }],
  });
  const lines = text.split('\n').filter((line) => line.startsWith('- '));
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(/<img|@octocat|\]\(https:|<\/details>/);
});
