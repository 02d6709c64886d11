import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startCloud } from '../../src/providers/sandbox/fake.ts';
import { startGitHub } from '../../src/sandbox/github/index.ts';
import { actionRunner } from '../action-runner.ts';

const root = mkdtempSync(join(tmpdir(), 'flotilla-previews-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const WORKFLOW = `name: fleet
on: { push: { branches: [main] }, pull_request: { types: [opened, synchronize, closed] }, workflow_dispatch: {} }
permissions: { contents: write, checks: write, deployments: write, actions: read }
jobs: { fleet: { runs-on: ubuntu-latest, steps: [{ run: flotilla }] } }
`;

test('a pull request gets a copy of the fleet, and loses it when it is closed', async () => {
  const cloud = await startCloud();
  const github = await startGitHub({ runner: actionRunner(root, () => process.cwd()) });
  const config = `fleet: acme
environments:
  production: { branch: main }
  preview: { pull_requests: true, ttl: 3d }
providers:
  sandbox: { endpoint: "${cloud.url}" }
services:
  api: { source: { image: nginx } }
databases:
  main: { engine: postgres }
`;
  const { token } = github.createUser('ada', 'admin');
  const repository = await github.createRepository('ada/fleet', {
    owner: 'ada',
    files: { 'flotilla.yml': config, '.github/workflows/flotilla.yml': WORKFLOW },
  });
  const api = async (method: string, path: string, body: unknown) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${github.apiUrl}/repos/ada/fleet${path}`, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    expect(answer.ok).toBe(true);
  };
  const names = () => [...cloud.resources.values()].map(({ name }) => name.replace(/-[0-9a-f]{8}$/, '')).toSorted();
  const conclusions = () => [...repository.checks.values()].map(({ name, conclusion }) => `${name} ${conclusion}`);

  await github.push('ada/fleet', { branch: 'feature', files: { 'note.txt': 'new' }, message: 'a feature' });
  await api('POST', '/pulls', { title: 'A feature', head: 'feature', base: 'main' });
  await github.settled();
  expect(names()).toEqual(['acme-preview-1-api', 'acme-preview-1-main']);
  expect(conclusions()).toEqual(
    expect.arrayContaining(['flotilla / plan (production) success', 'flotilla / apply (preview-1) success']),
  );
  const deployment = [...repository.deployments.values()][0];
  expect(deployment).toMatchObject({ environment: 'preview-1', transient: true, production: false });
  expect(deployment?.statuses.at(-1)).toMatchObject({ state: 'success' });

  await api('PATCH', '/pulls/1', { state: 'closed' });
  await github.settled();
  expect(names()).toEqual([]);
  expect(deployment?.statuses.at(-1)).toMatchObject({ state: 'inactive' });
  await github.close();
  await cloud.stop();
});
