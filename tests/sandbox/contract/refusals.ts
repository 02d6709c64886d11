import { expect, test } from 'vitest';
import { validateResponse } from '../validate.ts';
import type { ContractWorld } from './world.ts';

/** Requests that GitHub refuses; only the answers are held against its description. */
export const refusalsContract = (world: () => ContractWorld): void => {
  test.each([
    ['an unknown repository', 404, 'GET /repos/acme/none', {}],
    ['an unknown path', 404, 'GET /nothing/here', {}],
    [
      'too many annotations',
      422,
      'POST /repos/acme/fleet/check-runs',
      {
        name: 'n',
        head_sha: 'main',
        output: {
          title: 't',
          summary: 's',
          annotations: Array.from({ length: 51 }, () => ({
            path: 'a',
            start_line: 1,
            end_line: 1,
            annotation_level: 'notice',
            message: 'm',
          })),
        },
      },
    ],
    ['an issue without a title', 422, 'POST /repos/acme/fleet/issues', { body: 'b' }],
    ['a ref that exists', 422, 'POST /repos/acme/fleet/git/refs', { ref: 'refs/heads/main', sha: '0'.repeat(40) }],
    [
      'a file changed meanwhile',
      409,
      'PUT /repos/acme/fleet/contents/README.md',
      { message: 'm', content: '', sha: '0'.repeat(40) },
    ],
    ['a pull request without commits', 422, 'POST /repos/acme/fleet/pulls', { title: 't', head: 'main', base: 'main' }],
    ['an unknown workflow', 404, 'POST /repos/acme/fleet/actions/workflows/none.yml/dispatches', { ref: 'main' }],
  ])('%s is a %i', async (_, status, route, parameters) => {
    const { github, installation } = world();
    await expect(installation.request(route, parameters)).rejects.toMatchObject({ status });
    expect(validateResponse(github.traffic.at(-1)!)).toEqual([]);
  });

  test('a description of a deployment that is too long', async () => {
    const { github, person } = world();
    const deployments = '/repos/acme/fleet/deployments';
    const { data } = await person.request(`POST ${deployments}`, { ref: 'main', required_contexts: [] });
    const status = { state: 'success', description: 'x'.repeat(141) };
    const refused = person.request(`POST ${deployments}/${data.id}/statuses`, status);
    await expect(refused).rejects.toMatchObject({ status: 422 });
    expect(validateResponse(github.traffic.at(-1)!)).toEqual([]);
  });

  test('no token, a wrong one, and one that may not', async () => {
    const { github } = world();
    const issue = { method: 'POST', body: JSON.stringify({ title: 't' }) };
    const url = `${github.apiUrl}/repos/acme/fleet/issues`;
    expect((await fetch(url, issue)).status).toBe(401);
    expect((await fetch(url, { ...issue, headers: { authorization: 'token wrong' } })).status).toBe(401);
    const reading = github.actionsToken('acme/fleet', { issues: 'read' });
    expect((await fetch(url, { ...issue, headers: { authorization: `token ${reading}` } })).status).toBe(403);
    const { token } = github.createUser('stranger');
    const foreign = { headers: { authorization: `token ${token}` } };
    expect((await fetch(`${url}/1/lock`, { method: 'PUT', ...foreign })).status).toBe(403);
    expect(github.traffic.slice(-4).flatMap((exchange) => validateResponse(exchange))).toEqual([]);
  });

  test.each([
    ['{ viewer { nothing } }', /nothing/],
    ['{ repository(owner: "acme", name: "none") { id } }', /Could not resolve to a Repository/],
    ['{ viewer ', /./],
  ])('GraphQL %s', async (query, message) => {
    const { github, person } = world();
    await expect(person.graphql(query)).rejects.toThrow(message);
    expect(validateResponse(github.traffic.at(-1)!)).toEqual([]);
  });
};
