/** What SECURITY.md says is so: each attack has its test; and rules that are held by looking at files. */
import crypto from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { verify } from '@octokit/webhooks-methods';
import { expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

test('each attack in the table is held by a test of that name', () => {
  const rows = [...textOf('.github/SECURITY.md').matchAll(/^\| (.+) \| `(tests\/\S+\.test\.ts)` (.+) \|$/gm)];
  expect(rows.length).toBeGreaterThanOrEqual(40);
  const wrong = rows.filter(([, , file = '', name = '']) => {
    const lines = existsSync(join(root, file)) ? textOf(file).split('\n') : [];
    return !lines.some((line) => line.includes(name) && /\btest\b|^\s*['"`]|\]\)\(/.test(line));
  });
  expect(wrong.map(([row]) => row)).toEqual([]);
});

test('a signature is compared in constant time', async () => {
  const compare = vi.spyOn(crypto, 'timingSafeEqual');
  syncBuiltinESMExports();
  onTestFinished(() => {
    compare.mockRestore();
    syncBuiltinESMExports();
  });
  expect(await verify('secret', 'body', `sha256=${'0'.repeat(64)}`)).toBe(false);
  expect(compare).toHaveBeenCalledTimes(1);
  // The App compares by this very function: Probot's own verification is it.
  expect(textOf('app/start-app.ts')).toContain('probot.webhooks.verify(body, signature)');
  expect(textOf('app/webhook-route.ts')).not.toMatch(/signature\s*[!=]==?\s*(?!'string')[a-z]/);
});

test('packages run scripts only where they are allowed', () => {
  const { allowScripts } = JSON.parse(textOf('package.json')) as { allowScripts: Record<string, boolean> };
  const { packages } = JSON.parse(textOf('package-lock.json')) as {
    packages: Record<string, { hasInstallScript?: boolean; optional?: boolean }>;
  };
  const scripted = Object.entries(packages).filter(
    ([, { hasInstallScript, optional }]) => hasInstallScript && !optional,
  );
  expect(scripted.map(([path]) => path.replace(/^.*node_modules\//, '')).toSorted()).toEqual(
    Object.keys(allowScripts).toSorted(),
  );
  const files = ['action.yml', '.ci/run', ...['ci', 'live', 'release'].map((name) => `.github/workflows/${name}.yml`)];
  for (const file of files)
    for (const [line] of textOf(file).matchAll(/^.*\bnpm (?:ci|install|i)\b.*$/gm))
      expect(line, file).toMatch(/npm ci --ignore-scripts(?!=false)/);
});

const WORKFLOWS = ['ci', 'codeql', 'live', 'release', 'scorecard']
  .map((name) => `.github/workflows/${name}.yml`)
  .concat(['workflow', 'status-page', 'images-job'].map((name) => `src/templates/${name}.yml`));

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}
interface Workflow {
  on?: Record<string, { types?: string[] } | null>;
  jobs: Record<
    string,
    { if?: string; permissions?: unknown; secrets?: unknown; 'timeout-minutes'?: number; steps: Step[] }
  >;
}

test.each(WORKFLOWS)('%s follows the rules of linters for workflows', (file) => {
  const text = textOf(file);
  const { on, jobs } = parse(text) as Workflow;
  expect(Object.keys(on ?? {})).not.toContain('pull_request_target');
  expect(text).not.toMatch(/write-all|read-all|secrets: inherit|toJSON\(secrets\)|self-hosted/);
  for (const [name, job] of Object.entries(jobs)) {
    expect([name, typeof job.permissions, typeof job['timeout-minutes']]).toEqual([name, 'object', 'number']);
    expect(job.secrets).toBeUndefined();
    for (const { uses = '', run = '', with: given = {}, env = {} } of job.steps) {
      // A token that lies in .git/config is one that a later step, or an artifact, has.
      if (uses.startsWith('actions/checkout@')) expect(given['persist-credentials']).toBe(false);
      if (uses && !uses.startsWith('flotilla-dev/flotilla@')) expect(uses).toMatch(/@[0-9a-f]{40}$/);
      // Expressions in a script are code; files of the environment are the environment of later steps.
      expect(run).not.toMatch(/\$\{\{|GITHUB_ENV|GITHUB_PATH|curl[^|\n]*\|\s*(?:ba)?sh/);
      // What people outside write is an input of an action, never of the environment of a script.
      if (run) expect(Object.values(env).join()).not.toMatch(/github\.event\.|github\.head_ref/);
    }
  }
});

test('after a run of the workflow the status page checks out the default branch, and is not for pull requests', () => {
  const { on, jobs } = parse(textOf('src/templates/status-page.yml')) as Workflow;
  expect(on).toHaveProperty('workflow_run.types', ['completed']);
  for (const { if: condition, steps } of Object.values(jobs)) {
    expect(condition).toContain("github.event.workflow_run.event != 'pull_request'");
    for (const { uses = '', with: given = {} } of steps) {
      expect(given).not.toHaveProperty('ref');
      expect(given).not.toHaveProperty('repository');
      expect(uses).not.toContain('download-artifact');
    }
  }
});
