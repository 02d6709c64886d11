import { expect, test } from 'vitest';
import type { GitHub } from '../../src/github/github.ts';
import { openGitHub } from '../../src/on-github.ts';
import { provider } from '../../src/providers/sandbox/provider.ts';

test('a provider’s account knows the repository, for those that build from git', () => {
  const repository = { owner: 'acme', repo: 'shop' };
  const world = { env: {}, home: '/home/nobody', signal: new AbortController().signal };
  const ports = openGitHub({ github: {} as GitHub, repository, run: { run: 'run-1', actor: 'someone' } }, world);
  expect(ports.account('cloud', {}, provider as never)).toMatchObject({ name: 'cloud', repository: 'acme/shop' });
  expect(ports).not.toHaveProperty('fullName');
});
