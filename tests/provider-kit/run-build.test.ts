import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { DeployError } from '../../src/model/errors.ts';
import { runBuild } from '../../src/provider-kit/run-build.ts';
import { createVault } from '../../src/secrets/vault.ts';

/** What a build that fails leaves of its log. */
async function logOf(command: string, env: Record<string, string>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-build-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { signal } = new AbortController();
  const build = runBuild({ command, folder, log: join(folder, 'log'), env, signal, restored: false });
  return build.then(
    () => [],
    (error: DeployError) => error.log,
  );
}

test('a long log begins with a whole line: a secret is never cut where nobody finds it', async () => {
  const KEY = 'w0rds-that-are-a-secret-'.repeat(1_500);
  const { learn, maskDeep } = createVault(() => undefined);
  learn(KEY);
  const log = maskDeep(await logOf('printf "%s %s\\nlast\\n" "$KEY" "$KEY"; exit 1', { KEY }));
  expect(log).toEqual(['last']);
  expect(maskDeep(await logOf('echo "$KEY"; exit 1', { KEY }))).toEqual(['***']);
});

test('it has nothing of the environment that Flotilla was started in but what builds need', async () => {
  process.env['SOMEBODY_ELSES_TOKEN'] = 'n0t-f0r-builds';
  onTestFinished(() => void delete process.env['SOMEBODY_ELSES_TOKEN']);
  const log = await logOf('env; exit 1', { OWN: 'its own' });
  expect(log).toContain('OWN=its own');
  expect(log.join()).not.toContain('n0t-f0r-builds');
});
