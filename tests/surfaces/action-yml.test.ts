/** action.yml and the template workflow, executed: what reaches the program, and how it is reached. */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { RunRequest } from '../../src/sandbox/github/workflow-runner.ts';
import { bareRepository, printed, runSteps, start, temporaryFolder, writeFiles } from '../sandbox/runner-fixture.ts';
import { workflowOf } from '../sandbox/runner-request.ts';

const root = join(import.meta.dirname, '../..');
const USES = '- uses: flotilla-dev/flotilla@v0';

/** A program that prints its inputs and hands outputs back. */
const PROGRAM = `
const { appendFileSync } = await import('node:fs');
for (const [name, value] of Object.entries(process.env).toSorted()) if (name.startsWith('INPUT_')) console.log(name + '=' + value);
appendFileSync(process.env.GITHUB_OUTPUT, 'changes=3\\nplan-hash=abc\\n');
`;

/** A folder with our action.yml and these files, mapped as the action. */
function actionWith(files: Record<string, string>): { folder: string; actions: Record<string, string> } {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  copyFileSync(join(root, 'action.yml'), join(folder, 'action.yml'));
  return { folder, actions: { 'flotilla-dev/flotilla': folder } };
}

describe('action.yml', () => {
  test('starts the bundle where there is one; inputs and outputs pass, whatever characters they hold', async () => {
    const { actions } = actionWith({ 'dist/action.js': PROGRAM, 'package.json': '{"type":"module"}' });
    const evil = '"; touch pwned; echo "$(touch pwned) `touch pwned` \\';
    const job = await runSteps(
      `
${USES.replace('- ', '- id: f\n  ')}
  with: { allow: '\${{ github.event.evil }}', plan-hash: abc }
- run: echo "\${{ steps.f.outputs.changes }} \${{ steps.f.outputs.plan-hash }}" && ls`,
      { payload: { evil } },
      { actions },
    );
    expect(printed(job, 1).trimEnd().split('\n')).toEqual([
      `INPUT_ALLOW=${evil}`,
      'INPUT_COMMAND=auto',
      'INPUT_DIRECTORY=status-page',
      'INPUT_ENVIRONMENT=',
      'INPUT_FOR=',
      'INPUT_PLAN_HASH=abc',
      'INPUT_RESOURCE=',
      'INPUT_TO=',
      'INPUT_TOKEN=***',
    ]);
    expect(printed(job, 2)).toBe('3 abc\n');
  });

  test('a cancelled run interrupts the program itself', async () => {
    const { actions } = actionWith({
      'dist/action.js': `process.on('SIGINT', () => { console.log('interrupted'); process.exit(130); }); console.log('ready'); setInterval(() => {}, 1e6);`,
    });
    const run = start(workflowOf(USES), {}, { actions });
    await run.seen('ready');
    run.cancel();
    const { conclusion, jobs } = await run.done;
    expect(conclusion).toBe('cancelled');
    expect(printed(jobs[0]!, 1)).toBe('ready\ninterrupted\n');
  });

  test('a Node that has to be fetched is of one version, and what installs it sees no secret', async () => {
    const { folder, actions } = actionWith({
      'dist/action.js': `console.log('bundle', process.env.SECRET_TOKEN.length);`,
      'package.json': '{"type":"module"}',
      // One that is too old, and an installer that tells what it was given.
      'bin/node': '#!/bin/sh\nexit 1\n',
      'bin/npx': `#!/bin/sh\nenv > "$HOME/seen"; echo "$@" >> "$HOME/seen"; echo ${process.execPath}\n`,
    });
    for (const name of ['node', 'npx']) chmodSync(join(folder, 'bin', name), 0o755);
    const env = `env: { PATH: "${folder}/bin:/usr/bin:/bin", HOME: "${folder}", SECRET_TOKEN: canary, HTTPS_PROXY: "http://proxy" }`;
    const job = await runSteps(`${USES}\n  ${env}`, {}, { actions });
    expect(printed(job, 1)).toBe('bundle 6\n');
    const seen = readFileSync(join(folder, 'seen'), 'utf8');
    expect(seen).toContain('HTTPS_PROXY=http://proxy');
    expect(seen).not.toMatch(/canary|INPUT_|GITHUB_|ACTIONS_/);
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(seen).toContain(`--package node@${devDependencies.node} -- node`);
  });

  test('without a bundle runs the sources by the Node that is installed with them', async () => {
    const { folder, actions } = actionWith({ 'src/action/main.ts': `console.log('sources' satisfies string);` });
    mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
    symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'));
    expect(printed(await runSteps(USES, {}, { actions }), 1)).toBe('sources\n');
  });

  test('without either installs from the lockfile first', async () => {
    const packages = {
      '': { name: 'fleet-action', dependencies: { node: 'file:own-node' } },
      'node_modules/node': { resolved: 'own-node', link: true },
      'own-node': { name: 'node', version: '1.0.0', bin: { node: 'node.sh' } },
    };
    const { folder, actions } = actionWith({
      'package.json': JSON.stringify(packages['']),
      'package-lock.json': JSON.stringify({ name: 'fleet-action', lockfileVersion: 3, requires: true, packages }),
      'own-node/package.json': JSON.stringify(packages['own-node']),
      'own-node/node.sh': '#!/bin/sh\necho "installed, then ${1##*/}"\n',
    });
    chmodSync(join(folder, 'own-node/node.sh'), 0o755);
    expect(printed(await runSteps(USES, {}, { actions }), 1)).toContain('installed, then main.ts\n');
  });
});

describe('the template workflow', () => {
  const text = readFileSync(join(root, 'src/templates/workflow.yml'), 'utf8');
  const run = async (change: Partial<RunRequest>): Promise<string[]> => {
    const remote = temporaryFolder();
    const sha = bareRepository(remote, { 'flotilla.yml': 'fleet: acme\n' });
    const { actions } = actionWith({ 'dist/action.js': PROGRAM, 'package.json': '{"type":"module"}' });
    const { jobs } = await start(text, { serverUrl: `file://${remote}`, sha, ...change }, { actions }).done;
    const flotilla = '- uses: flotilla-dev/flotilla@v0'.replace('- uses:', 'Run');
    return jobs.map((job) =>
      job.conclusion === 'success'
        ? `${job.id}: ${/INPUT_COMMAND=.*/.exec(printed(job, flotilla))} ${/INPUT_ALLOW=.*/.exec(printed(job, flotilla))}`
        : `${job.id}: ${job.conclusion}`,
    );
  };

  test.each(['push', 'schedule'])('%s: the fleet, by the event', async (event) => {
    expect(await run({ event })).toEqual(['plan: skipped', 'fleet: INPUT_COMMAND=auto INPUT_ALLOW=']);
  });

  test('pull_request: a plan', async () => {
    expect(await run({ event: 'pull_request' })).toEqual(['plan: INPUT_COMMAND=auto INPUT_ALLOW=', 'fleet: skipped']);
  });

  test('workflow_dispatch: as asked', async () => {
    expect(await run({ event: 'workflow_dispatch', inputs: { command: 'destroy', allow: 'destroy' } })).toEqual([
      'plan: skipped',
      'fleet: INPUT_COMMAND=destroy INPUT_ALLOW=destroy',
    ]);
  });
});
