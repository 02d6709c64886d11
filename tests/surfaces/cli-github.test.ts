import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startCloud } from '../../src/providers/sandbox/fake.ts';
import { startGitHub } from '../../src/sandbox/github/index.ts';

const root = mkdtempSync(join(tmpdir(), 'flotilla-cli-github-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('--github works on a repository by its API: the record that its runs keep, not one of this machine', async () => {
  const cloud = await startCloud();
  const github = await startGitHub();
  const { token } = github.createUser('ada', 'admin');
  const config = `fleet: acme\nproviders:\n  sandbox: { endpoint: "${cloud.url}" }\nservices:\n  api: { source: { image: nginx } }\n`;
  await github.createRepository('ada/fleet', { files: { 'flotilla.yml': config } });
  const cli = (args: string[], env: Record<string, string> = { GITHUB_TOKEN: token }) =>
    new Promise<{ code: number | null; document: Record<string, unknown>; stderr: string }>((resolve) => {
      const all = ['src/cli/main.ts', ...args, '--json', '--github', 'ada/fleet', '--cwd', root];
      const base = { PATH: process.env['PATH'], HOME: root, USER: 'ada', GITHUB_API_URL: github.apiUrl };
      const child = spawn(process.execPath, all, { env: { ...base, ...env } });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.on('close', (code) => resolve({ code, document: stdout === '' ? {} : JSON.parse(stdout), stderr }));
    });

  expect(await cli(['apply', '--yes'])).toMatchObject({ code: 0, document: { result: 'succeeded' } });
  expect(cloud.resources.size).toBe(1);
  const { document } = await cli(['status']);
  expect(document).toMatchObject({ environments: [{ environment: 'production', outcome: 'succeeded', lease: null }] });
  expect((await cli(['plan', '--detailed-exitcode'])).code).toBe(0);
  const { document: past } = await cli(['history']);
  expect(JSON.stringify(past)).toContain('"actor":"ada"');

  // Import writes the file here, where it has to be that of the default branch, and records on GitHub.
  const shop = {
    kind: 'service',
    name: 'shop',
    title: 'shop',
    region: 'eu',
    labels: {},
    replicas: 1,
    env: {},
    files: null,
  };
  const settings = { source: { image: 'nginx:1' }, domains: [] };
  await fetch(`${cloud.url}/v1/resources`, { method: 'POST', body: JSON.stringify({ ...shop, settings }) });
  const elsewhere = await cli(['import', 'sandbox', 'shop', '--yes']);
  expect(elsewhere).toMatchObject({ code: 1 });
  expect(JSON.stringify(elsewhere)).toContain('not that of the default branch');
  writeFileSync(join(root, 'flotilla.yml'), config);
  expect(await cli(['import', 'sandbox', 'shop', '--yes'])).toMatchObject({
    code: 0,
    document: { adopted: [{ address: 'service/shop', name: 'shop' }], next: { steps: [] } },
  });
  const files = { 'flotilla.yml': readFileSync(join(root, 'flotilla.yml'), 'utf8') };
  await github.push('ada/fleet', { branch: 'main', files, message: 'adopt what runs' });
  expect((await cli(['plan', '--detailed-exitcode'])).code).toBe(0);

  const refused = await cli(['status'], {});
  expect(refused.code).toBe(1);
  expect(JSON.stringify(refused)).toContain('set GITHUB_TOKEN');
  await github.close();
  await cloud.stop();
});
