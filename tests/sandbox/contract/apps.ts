import { expect, test } from 'vitest';
import { type ContractWorld, repository } from './world.ts';

/** The App itself, its installation, and an App made from a manifest. */
export const appsContract = (world: () => ContractWorld): void => {
  test('the App and its installation', async () => {
    const { app, installation, installationId } = world();
    expect((await app.request('GET /app')).data).toMatchObject({ name: 'Flotilla', permissions: { checks: 'write' } });
    expect((await app.request('GET /app/installations')).data).toHaveLength(2);
    const { data } = await app.request('GET /app/installations/{installation_id}', { installation_id: installationId });
    expect(data.account).toMatchObject({ login: 'acme' });
    expect((await app.request('GET /repos/{owner}/{repo}/installation', repository)).data.id).toBe(installationId);
    expect((await app.request('GET /users/{username}/installation', { username: 'acme' })).data.id).toBe(
      installationId,
    );
    expect((await app.request('GET /orgs/{org}/installation', { org: 'fleets' })).data.target_type).toBe(
      'Organization',
    );
    const { data: token } = await app.request('POST /app/installations/{installation_id}/access_tokens', {
      installation_id: installationId,
      repositories: ['fleet'],
      permissions: { checks: 'write' },
    });
    expect(token).toMatchObject({ permissions: { checks: 'write' }, repository_selection: 'selected' });
    const { data: reached } = await installation.request('GET /installation/repositories');
    expect(reached.repositories.map(({ full_name }) => full_name)).toEqual(['acme/fleet']);
    expect((await installation.request('GET /rate_limit')).data.resources.graphql?.limit).toBeGreaterThan(0);
  });

  test('an App made from a manifest', async () => {
    const { github, hooks } = world();
    const manifest = {
      name: 'Second',
      url: 'https://flotilla.test',
      hook_attributes: { url: hooks.url },
      redirect_url: 'http://127.0.0.1/back',
      default_permissions: { checks: 'write' },
      default_events: ['push'],
    };
    const code = github.offerManifest(manifest);
    const made = await fetch(`${github.apiUrl}/app-manifests/${code}/conversions`, { method: 'POST' });
    expect(await made.json()).toMatchObject({ name: 'Second', pem: expect.stringContaining('PRIVATE KEY') });
  });
};
