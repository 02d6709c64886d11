/** The files that GitHub Actions reads, held against GitHub's own validator and against our rules for them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

type Validator = typeof import('@actions/languageservice') & typeof import('vscode-languageserver-textdocument');

const root = join(import.meta.dirname, '../..');
const ACTION = 'action.yml';
const TEMPLATE = 'src/templates/workflow.yml';
const WORKFLOWS = ['ci', 'codeql', 'live', 'release', 'scorecard']
  .map((name) => `.github/workflows/${name}.yml`)
  .concat(TEMPLATE);

let validator: Validator;
let folder: string;

beforeAll(() => {
  // The validator imports JSON in a way only bundlers take.
  folder = mkdtempSync(join(tmpdir(), 'flotilla-test-'));
  const outfile = join(folder, 'validator.cjs');
  const contents = `export * from '@actions/languageservice'; export * from 'vscode-languageserver-textdocument';`;
  buildSync({
    stdin: { contents, resolveDir: root },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
    logLevel: 'error',
  });
  validator = createRequire(import.meta.url)(outfile) as Validator;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function complaints(text: string, file: string): Promise<string[]> {
  // The validator remembers what it parsed by address.
  const uri = `file:///fleet/${file === ACTION ? ACTION : `.github/workflows/${basename(file)}`}`;
  const found = await validator.validate(validator.TextDocument.create(uri, 'yaml', 1, text));
  return found.map((one) => `${file}:${one.range.start.line + 1}: ${one.message}`);
}

interface Job {
  permissions?: Record<string, string>;
  steps: { run?: string; uses?: string }[];
}

function jobsOf(file: string): Record<string, Job> {
  return (parse(textOf(file)) as { jobs: Record<string, Job> }).jobs;
}

function stepsOf(file: string): Job['steps'] {
  if (file === ACTION) return (parse(textOf(file)) as { runs: Job }).runs.steps;
  return Object.values(jobsOf(file)).flatMap((job) => job.steps);
}

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

describe.each([ACTION, ...WORKFLOWS])('%s', (file) => {
  test("passes GitHub's validator", async () => {
    expect(await complaints(textOf(file), file)).toEqual([]);
  });

  test('never runs a fork with our rights, and puts no expression into a script', () => {
    expect(textOf(file)).not.toContain('pull_request_target');
    for (const { run } of stepsOf(file)) expect(run ?? '').not.toContain('${{');
  });

  test('pins every action to a commit and names its version', () => {
    const own = file === TEMPLATE ? ['flotilla-dev/flotilla@v0'] : [];
    const uses = stepsOf(file).flatMap((step) => step.uses ?? []);
    for (const one of uses.filter((name) => !own.includes(name))) {
      expect(one).toMatch(/^[\w-]+(\/[\w-]+)+@[0-9a-f]{40}$/);
      expect(textOf(file)).toMatch(new RegExp(`uses: ${one} # v\\d+\\.\\d+\\.\\d+\\n`));
    }
  });
});

describe('permissions', () => {
  test.each(WORKFLOWS)('%s gives none by default and each job its own', (file) => {
    expect(parse(textOf(file))).toMatchObject({ permissions: {} });
    expect((parse(textOf(file)) as Job).permissions).toEqual({});
    for (const job of Object.values(jobsOf(file))) expect(job.permissions).toBeTypeOf('object');
  });

  test('writing is allowed only where something is written', () => {
    const writing = WORKFLOWS.flatMap((file) =>
      Object.entries(jobsOf(file)).flatMap(([id, job]) =>
        Object.entries(job.permissions ?? {})
          .filter(([, access]) => access === 'write')
          .map(([scope]) => `${file} ${id}: ${scope}`),
      ),
    );
    expect(writing).toEqual([
      '.github/workflows/codeql.yml analyze: security-events',
      '.github/workflows/release.yml tag: contents',
      '.github/workflows/release.yml npm: id-token',
      '.github/workflows/release.yml npm: attestations',
      '.github/workflows/scorecard.yml judge: security-events',
      '.github/workflows/scorecard.yml judge: id-token',
      `${TEMPLATE} plan: checks`,
      `${TEMPLATE} fleet: contents`,
      `${TEMPLATE} fleet: checks`,
      `${TEMPLATE} fleet: deployments`,
      `${TEMPLATE} fleet: issues`,
    ]);
  });
});

describe('the template', () => {
  test('lets applies wait in turn: nothing cancels one, neither running nor waiting', () => {
    const { concurrency } = parse(textOf(TEMPLATE)) as { concurrency: Record<string, unknown> };
    expect(concurrency).toMatchObject({ 'cancel-in-progress': false, queue: 'max' });
  });

  test('opens sealed secrets where it applies, and not for pull requests', () => {
    const given = Object.entries(jobsOf(TEMPLATE)).map(([name, { steps }]) => [
      name,
      steps.flatMap((step) => Object.entries((step as { env?: object }).env ?? {})),
    ]);
    expect(given).toEqual([
      ['plan', []],
      ['fleet', [['FLOTILLA_IDENTITY', '${{ secrets.FLOTILLA_IDENTITY }}']]],
    ]);
  });

  test('hands the action only inputs that it has', () => {
    const inputs = Object.keys((parse(textOf(ACTION)) as { inputs: object }).inputs);
    const handed = Object.values(jobsOf(TEMPLATE)).flatMap((job) =>
      job.steps
        .filter((step) => step.uses?.startsWith('flotilla-dev/'))
        .flatMap((step) => Object.keys((step as { with?: object }).with ?? {})),
    );
    expect(handed).not.toEqual([]);
    expect(inputs).toEqual(expect.arrayContaining(handed));
  });
});

describe('the job that builds images', () => {
  const text = textOf('src/templates/images-job.yml');

  test("passes GitHub's validator where it is put", async () => {
    const on = 'on: { push: { branches: [main] }, workflow_dispatch: { inputs: { command: { type: string } } } }\n';
    expect(await complaints(on + text, 'images.yml')).toEqual([]);
  });

  test('pins the same actions as the template, and puts no expression into a script', () => {
    const steps = stepsOf('src/templates/images-job.yml');
    const known = stepsOf(TEMPLATE).map(({ uses }) => uses);
    for (const { uses } of steps.filter((step) => step.uses)) expect(known).toContain(uses);
    for (const { run } of steps) expect(run ?? '').not.toContain('${{');
  });

  test('may write packages, and nothing else', () => {
    const permissions = { contents: 'read', packages: 'write' };
    expect(jobsOf('src/templates/images-job.yml')).toMatchObject({ images: { permissions } });
  });
});

test('the action and the template stay short', () => {
  expect(textOf(ACTION).split('\n').length).toBeLessThanOrEqual(60);
  expect(textOf(TEMPLATE).split('\n').length).toBeLessThanOrEqual(70);
});

test('the validator does see mistakes', async () => {
  const text =
    'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ bogus.x }}\n        colour: red\n';
  expect(await complaints(text, 'bad.yml')).toEqual([
    "bad.yml:6: Unrecognized named-value: 'bogus'",
    "bad.yml:7: Unexpected value 'colour'",
  ]);
});
