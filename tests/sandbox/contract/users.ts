import { expect, test } from 'vitest';
import { type ContractWorld, repository } from './world.ts';

/** Who asks, and what they may do. */
export const usersContract = (world: () => ContractWorld): void => {
  test('users and what they may do', async () => {
    const { github, person, installation } = world();
    expect((await person.request('GET /meta')).data).toHaveProperty('verifiable_password_authentication');
    expect((await person.request('GET /user')).data.login).toBe('acme');
    expect((await person.request('GET /users/{username}', { username: 'acme' })).data.type).toBe('User');
    github.createUser('reader');
    const { data } = await person.request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', {
      ...repository,
      username: 'acme',
    });
    expect(data).toMatchObject({ permission: 'admin', role_name: 'admin' });
    const { data: all } = await person.request('GET /repos/{owner}/{repo}/collaborators', repository);
    expect(all).toMatchObject([{ login: 'acme', permissions: { admin: true } }]);
    github.setTeam('Fleets/ops', ['reader']);
    const ops = { org: 'fleets', team_slug: 'ops' };
    const member = { ...ops, username: 'reader' };
    const memberships = 'GET /orgs/{org}/teams/{team_slug}/memberships/{username}';
    expect((await person.request(memberships, member)).data).toMatchObject({ state: 'active', role: 'member' });
    await expect(person.request(memberships, { ...ops, username: 'acme' })).rejects.toMatchObject({ status: 404 });
    expect((await person.request('GET /orgs/{org}/teams/{team_slug}/members', ops)).data).toMatchObject([
      { login: 'reader' },
    ]);
    // A workflow's own token never may.
    await expect(installation.request(memberships, member)).rejects.toMatchObject({ status: 403 });
    const { data: fork } = await person.request('POST /repos/{owner}/{repo}/forks', {
      owner: 'fleets',
      repo: 'other',
    });
    expect(fork).toMatchObject({ full_name: 'acme/other', fork: true });
  });
};
