import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGitHub } from '../../src/sandbox/github/index.ts';
import type { SandboxGitHub } from '../../src/sandbox/github/index.ts';
import { appJwt, client } from './github-client.ts';

let github: SandboxGitHub;
let now = new Date();
let app: ReturnType<SandboxGitHub['createApp']>;
let installationId: number;

beforeAll(async () => {
  github = await startGitHub({ clock: () => now });
  await github.createRepository('acme/fleet', { private: true });
  await github.createRepository('acme/other', { private: true });
  await github.createRepository('acme/open');
  app = github.createApp({ name: 'Flotilla', permissions: { checks: 'write', contents: 'read' }, events: [] });
  ({ installationId } = github.install(app.id, ['acme/fleet', 'acme/other']));
});
afterAll(() => github.close());

const installationToken = async (body: unknown = {}): Promise<string> => {
  const { body: made } = await client(github, appJwt(app)).rest(
    `POST /app/installations/${installationId}/access_tokens`,
    body,
  );
  return made.token;
};

describe('an App', () => {
  test.each([
    ['expired', { exp: 1000 }],
    ['good for too long', { exp: Math.floor(Date.now() / 1000) + 3600 }],
    ['of another App', { iss: '1' }],
    ['from the future', { iat: Math.floor(Date.now() / 1000) + 3600 }],
  ])('with a token %s is refused', async (_, claims) => {
    expect((await client(github, appJwt(app, claims)).rest('GET /app')).status).toBe(401);
  });

  test('with a token signed by another key is refused', async () => {
    const other = github.createApp({ name: 'Other', permissions: {}, events: [] });
    expect((await client(github, appJwt({ ...other, id: app.id })).rest('GET /app')).status).toBe(401);
    expect((await client(github, appJwt(app)).rest('GET /app')).body.slug).toBe('flotilla');
  });

  test('has installation tokens that live an hour', async () => {
    const token = await installationToken();
    expect((await client(github, token).rest('GET /repos/acme/fleet')).status).toBe(200);
    const then = now;
    now = new Date(now.getTime() + 3_600_000);
    expect((await client(github, token).rest('GET /repos/acme/fleet')).status).toBe(401);
    now = then;
  });

  test('reaches only what its token was narrowed to', async () => {
    const { rest } = client(github, await installationToken({ repositories: ['fleet'] }));
    expect((await rest('GET /repos/acme/fleet')).status).toBe(200);
    expect((await rest('GET /repos/acme/other')).status).toBe(404);
  });

  test('may do only what its token permits', async () => {
    const { rest } = client(github, await installationToken({ permissions: { contents: 'read' } }));
    const refused = await rest('POST /repos/acme/fleet/check-runs', { name: 'x', head_sha: 'x' });
    expect(refused).toMatchObject({ status: 403, body: { message: 'Resource not accessible by integration' } });
    const { status } = await client(github, appJwt(app)).rest(
      `POST /app/installations/${installationId}/access_tokens`,
      { permissions: { contents: 'write' } },
    );
    expect(status).toBe(422);
  });
});

describe('a user', () => {
  test('sees a private repository only with a role in it', async () => {
    const { token } = github.createUser('bob');
    const { rest } = client(github, token);
    expect((await rest('GET /repos/acme/fleet')).status).toBe(404);
    expect((await rest('GET /repos/acme/open')).status).toBe(200);
    github.setPermission('acme/fleet', 'bob', 'triage');
    expect((await rest('GET /repos/acme/fleet')).status).toBe(200);
    expect((await rest('GET /repos/acme/fleet/collaborators/bob/permission')).body).toMatchObject({
      permission: 'read',
      role_name: 'triage',
    });
    const sha = (await rest('GET /repos/acme/fleet/git/ref/heads/main')).body.object.sha;
    expect((await rest('POST /repos/acme/fleet/git/refs', { ref: 'refs/heads/x', sha })).status).toBe(403);
    expect((await rest('POST /repos/acme/fleet/check-runs', { name: 'x', head_sha: sha })).body.message).toMatch(
      /via a GitHub App/,
    );
  });

  test('is told apart from nobody', async () => {
    const anonymous = await fetch(`${github.apiUrl}/repos/acme/open/issues`, { method: 'POST', body: '{"title":"x"}' });
    expect(anonymous.status).toBe(401);
    expect((await client(github, 'ghp_wrong').rest('GET /user')).body.message).toBe('Bad credentials');
  });
});
