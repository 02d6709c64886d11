import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QuickstartDocument } from '../../src/sandbox/run-sandbox.ts';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-quickstart-'));
let document: QuickstartDocument;
let stderr: string;

beforeAll(() => {
  const args = ['src/cli/main.ts', 'sandbox', '--quickstart', '--once', '--json'];
  const env = { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder };
  const run = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  expect(run.status, run.stderr).toBe(0);
  document = JSON.parse(run.stdout) as QuickstartDocument;
  ({ stderr } = run);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const chapter = (index: number) => document.chapters[index] as QuickstartDocument['chapters'][number];
const checks = (index: number) =>
  chapter(index).checks.map(({ name, conclusion, title }) => `${name}: ${title} (${conclusion})`);
const answers = (index: number) => Object.values(chapter(index).answers);

describe('the quickstart, as `npm run quickstart` plays it', () => {
  test('a pull request is planned, with an annotation on each line', () => {
    expect(chapter(0).pullRequest).toMatchObject({ number: 1, merged: false });
    expect(checks(0)).toEqual(['flotilla / plan (production): 2 to create (success)']);
    const [plan] = chapter(0).checks;
    expect(plan?.annotations).toMatchObject([
      { path: 'flotilla.yml', title: 'create service/api@local' },
      { path: 'flotilla.yml', title: 'create site/web@local' },
    ]);
    expect(answers(0)).toEqual([]);
  });

  test('merged, it is deployed, and answers', () => {
    expect(chapter(1).pullRequest).toMatchObject({ number: 1, merged: true });
    expect(checks(1)).toEqual(['flotilla / apply: 2 created (success)']);
    expect(answers(1)).toEqual(['{"message":"Ahoy from the harbour"}', 'the page "Harbour"']);
  });

  test('a change of one service touches it alone, at the same address', () => {
    expect(checks(2)).toEqual(['flotilla / apply: 1 updated (success)']);
    expect(answers(2)[0]).toBe('{"message":"Welcome from the harbour"}');
    expect(Object.keys(chapter(2).answers)).toEqual(Object.keys(chapter(1).answers));
  });

  test('a version that fails its health check never serves, and the check says why', () => {
    expect(checks(3)).toEqual(['flotilla / apply: 1 failed (failure)']);
    const [apply] = chapter(3).checks;
    expect(apply?.annotations[0]?.message).toContain('GET /healthz answered 500');
    expect(apply?.summary).toContain('cannot reach the database');
    expect(apply?.summary).toContain('still serves');
    expect(answers(3)[0]).toBe('{"message":"Welcome from the harbour"}');
  });

  test('put right, all is well again', () => {
    expect(checks(4)).toEqual(['flotilla / apply: No changes (success)']);
    expect(document.deployments.at(-1)).toMatchObject({ environment: 'production', state: 'success' });
  });

  test('a forbidden deletion is blocked with the words that lift it', () => {
    expect(checks(5)).toEqual(['flotilla / apply: Blocked: 1 to delete (action_required)']);
    expect(chapter(5).checks[0]?.summary).toContain('--allow delete-protected=site/web');
    expect(answers(5)).toHaveLength(2);
  });

  test('a second place is named: nothing moves, and there is no incident', () => {
    expect(checks(6)).toEqual(['flotilla / apply: No changes (success)']);
    expect(chapter(6).issues).toEqual([]);
    expect(Object.keys(chapter(6).answers)).toEqual(Object.keys(chapter(1).answers));
  });

  test('a service that is killed is an issue, and moves; the site follows its new address', () => {
    expect(checks(7)).toEqual(['flotilla / health: service/api is down at local, 1 action taken (failure)']);
    expect(chapter(7).checks[0]?.annotations).toMatchObject([{ path: 'flotilla.yml' }]);
    const [issue, ...others] = chapter(7).issues;
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ state: 'open', labels: ['flotilla', 'outage'] });
    expect(issue?.title).toContain('service/api is down at local');
    expect(issue?.body).toContain('service/api moves to spare');
    const [[api, greeting] = [], site] = Object.entries(chapter(7).answers);
    expect(greeting).toBe('{"message":"Welcome from the harbour"}');
    expect(api).not.toBe(Object.keys(chapter(6).answers)[0]);
    expect(site).toEqual(Object.entries(chapter(6).answers)[1]);
  });

  test('well again, the issue is closed, the same one', () => {
    expect(checks(8)).toEqual(['flotilla / health: All 2 well (success)']);
    const [issue, ...others] = chapter(8).issues;
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ number: chapter(7).issues[0]?.number, state: 'closed' });
    expect(issue?.body).toContain('Ended');
    expect(answers(8)).toEqual(answers(7));
  });

  test('a plan takes three requests; so does an apply that finds it blocked', () => {
    expect(document.runs[0]?.requests).toHaveLength(3);
    expect(document.runs.at(-4)?.requests).toHaveLength(3);
    expect(document.runs[0]?.requests[0]).toBe('Snapshot');
  });

  test('ends with the status page', () => {
    expect(document.statusPage).toMatch(/\/status-page\/index\.html$/);
  });

  test('nothing is left: no process, no folder; and nothing but the document was printed', () => {
    expect(readdirSync(folder).filter((name) => name.startsWith('flotilla-') && !/^flotilla-\d+$/.test(name))).toEqual(
      [],
    );
    const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    expect(processes.split('\n').filter((line) => line.includes(folder))).toEqual([]);
    expect(stderr).toBe('');
  });
});
