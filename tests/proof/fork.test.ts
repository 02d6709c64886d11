/** A stranger's pull request: planned as data, by the record, without a secret, a write or a line of its code. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { actionWorld, storedLog, workflowWith, type ActionWorld } from './action-world.ts';

const TOKEN = 'owner-only-token';

const config = (endpoint: string, more = '') => `fleet: proof
providers: { sandbox: { endpoint: "${endpoint}" }, local: {} }
services:
  api: { place: { on: [sandbox] }, source: { image: nginx }, env: { KEY: "\${secret.API_KEY}" } }
${more}`;

/** A fleet that is applied, and a fork of it. */
async function forked(): Promise<ActionWorld & { propose(files: Record<string, string>): Promise<{ sha: string }> }> {
  const world = await actionWorld({ token: TOKEN, secrets: { SANDBOX_CLOUD_TOKEN: TOKEN, API_KEY: 'owner-only-key' } });
  const { github, cloud } = world;
  await world.push({
    '.github/workflows/flotilla.yml': workflowWith(['SANDBOX_CLOUD_TOKEN', 'API_KEY']),
    'flotilla.yml': config(cloud.url),
    'web/index.html': 'hello',
  });
  await github.settled();
  expect(cloud.resources.size).toBe(1);
  await github.fork('ada/proof', 'eve');
  return {
    ...world,
    async propose(files) {
      const { sha } = await github.push('eve/proof', { branch: 'mine', files, message: 'mine' });
      await world.api('POST', '/pulls', { title: 'Mine', head: 'eve:mine', base: 'main' });
      await github.settled();
      return { sha };
    },
  };
}

const lastRun = ({ repository }: ActionWorld) => [...repository.runs.values()].at(-1);

test('is planned from its files and the record; the summary and annotations say what the check cannot', async () => {
  const world = await forked();
  const { cloud, github, repository } = world;
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-fork-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const trap = join(folder, 'code-was-run');
  const touch = `require('node:fs').writeFileSync(${JSON.stringify(trap)}, JSON.stringify(process.env))`;
  const [calls, before] = [cloud.calls.length, github.traffic.length];
  const { sha } = await world.propose({
    'flotilla.yml': config(
      cloud.url,
      `sites:
  web: { dir: web, build: "node build.js", output: ".", place: { on: [local] }, env: { API: "\${service.api.url}" } }
`,
    ),
    'web/build.js': touch,
    'web/package.json': JSON.stringify({ scripts: { preinstall: `node build.js`, build: `node build.js` } }),
  });

  const run = lastRun(world);
  expect(run).toMatchObject({ event: 'pull_request', conclusion: 'success' });
  const traffic = github.traffic.slice(before).filter(({ runId }) => runId === run?.id);
  // All that was read is the repository; the one write was the check, and it was refused.
  expect(
    traffic
      .map(({ method, operationName, route, status }) => `${method} ${operationName ?? route} ${status}`)
      .toSorted(),
  ).toEqual([
    'GET /repos/{owner}/{repo}/git/trees/{tree_sha} 200',
    'POST /repos/{owner}/{repo}/check-runs 403',
    'POST Snapshot 200',
  ]);
  expect(world.checksOn(sha)).toEqual([]);
  expect(cloud.calls).toHaveLength(calls);
  expect(existsSync(trap)).toBe(false);

  const [job] = run?.jobs ?? [];
  expect(job?.summary).toMatch(/1 to create/);
  expect(job?.summary).toContain('from the record only, providers not asked');
  expect(job?.summary).toContain('site/web');
  expect(job?.annotations.filter(({ file }) => file === 'flotilla.yml')).toMatchObject([
    { level: 'notice', title: 'create site/web@local', line: 6 },
  ]);
  const told = JSON.stringify([
    job,
    storedLog(run),
    github.traffic.slice(before).map(({ requestBody }) => requestBody),
  ]);
  expect(told).not.toMatch(/owner-only/);
  expect(repository.git.refs.get('refs/heads/flotilla')).toBeDefined();
});

test('with a config that is wrong fails, and says where in the summary', async () => {
  const world = await forked();
  const { sha } = await world.propose({
    'flotilla.yml': config(world.cloud.url, 'sites: { web: { dir: web, replicas: many } }\n'),
  });
  const run = lastRun(world);
  expect(run?.conclusion).toBe('failure');
  expect(storedLog(run)).toContain('exit code 1');
  expect(world.checksOn(sha)).toEqual([]);
  const [job] = run?.jobs ?? [];
  expect(job?.summary).toContain('flotilla.yml:5');
  expect(job?.annotations).toContainEqual(expect.objectContaining({ level: 'error', file: 'flotilla.yml', line: 5 }));
});

test('cannot steal by a workflow of its own that asks for more', async () => {
  const world = await forked();
  const { cloud, repository } = world;
  const head = repository.git.refs.get('refs/heads/flotilla');
  const calls = cloud.calls.length;
  await world.propose({
    '.github/workflows/flotilla.yml': `name: mine
on: pull_request
permissions: write-all
jobs:
  take:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: flotilla-dev/flotilla@v0
        env: { SANDBOX_CLOUD_TOKEN: "\${{ secrets.SANDBOX_CLOUD_TOKEN }}", API_KEY: "\${{ secrets.API_KEY }}" }
        with: { command: apply }
`,
    'flotilla.yml': config(cloud.url).replace('nginx', 'evil'),
  });
  const run = lastRun(world);
  expect(run?.conclusion).toBe('failure');
  expect(storedLog(run)).toContain('apply is not for pull requests from forks');
  expect(cloud.calls).toHaveLength(calls);
  expect(repository.git.refs.get('refs/heads/flotilla')).toBe(head);
});
