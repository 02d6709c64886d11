import { expect, test } from 'vitest';
import { renderStateReadme } from '../../src/report/state-readme.ts';
import { recorded } from './sample.ts';

const EMPTY = { environment: null, resources: new Map() };

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
