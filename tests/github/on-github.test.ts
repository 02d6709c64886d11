import { expect, test } from 'vitest';
import type { GitHub } from '../../src/github/github.ts';
import { openGitHub } from '../../src/on-github.ts';
import { provider as pages } from '../../src/providers/github-pages/provider.ts';
import { provider } from '../../src/providers/sandbox/provider.ts';

test('a provider’s account knows the repository, for those that build from git', () => {
  const repository = { owner: 'acme', repo: 'shop' };
  const world = { env: {}, home: '/home/nobody', signal: new AbortController().signal };
  const ports = openGitHub({ github: {} as GitHub, repository, run: { run: 'run-1', actor: 'someone' } }, world);
  expect(ports.account('cloud', {}, provider as never)).toMatchObject({ name: 'cloud', repository: 'acme/shop' });
  expect(ports).not.toHaveProperty('fullName');
});

test('GitHub itself as a place: the token and the address of the run stand in, as a credential and not as a secret', () => {
  const repository = { owner: 'acme', repo: 'shop' };
  const open = (env: Record<string, string>) => {
    const github = { token: 'ghs_of_the_run', apiUrl: 'https://ghes.example/api/v3' };
    const world = { env, github, home: '/home/nobody', signal: new AbortController().signal };
    return openGitHub({ github: {} as GitHub, repository, run: { run: 'run-1', actor: 'someone' } }, world);
  };
  const ports = open({});
  expect(ports.account('site', {}, pages as never)).toMatchObject({
    credentials: { GITHUB_TOKEN: 'ghs_of_the_run' },
    githubApi: 'https://ghes.example/api/v3',
  });
  expect(ports.vault.mask('it is ghs_of_the_run')).not.toContain('ghs_of_the_run');
  expect(ports.vault.secret('GITHUB_TOKEN')).toBeUndefined();
  expect(ports.account('cloud', {}, provider as never).credentials).toEqual({});
  const given = open({ GITHUB_TOKEN: 'ghp_given' }).account('site', {}, pages as never);
  expect(given.credentials).toEqual({ GITHUB_TOKEN: 'ghp_given' });
});

test('what is the run’s own is no secret that anything may name, in whatever case', () => {
  const env = Object.fromEntries(
    ['FLOTILLA_IDENTITY', 'INPUT_TOKEN', 'ACTIONS_RUNTIME_TOKEN', 'flotilla_identity', 'STRIPE_KEY'].map((name) => [
      name,
      'value',
    ]),
  );
  const world = { env, home: '/home/nobody', signal: new AbortController().signal };
  const repository = { owner: 'acme', repo: 'shop' };
  const { vault } = openGitHub({ github: {} as GitHub, repository, run: { run: 'run-1', actor: 'someone' } }, world);
  expect(Object.keys(env).filter((name) => vault.secret(name) !== undefined)).toEqual(['STRIPE_KEY']);
});
