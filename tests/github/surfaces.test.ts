import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  concludeDangling,
  createCheck,
  listChecks,
  updateCheck,
  type Annotation,
  type NewCheck,
} from '../../src/github/checks.ts';
import { addDeploymentStatus, createDeployment } from '../../src/github/deployments.ts';
import { createComment, stickyComment } from '../../src/github/issues.ts';
import { permissionOf } from '../../src/github/permissions.ts';
import { changedFiles, readPullRequest } from '../../src/github/pull-request.ts';
import { isWorkflowRunAlive } from '../../src/github/runs.ts';
import type { GitHub } from '../../src/github/github.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { environmentUrl } from '../../src/publish/environment-url.ts';
import type { FaultAct } from '../../src/sandbox/github/index.ts';
import { gitHubWorld, type GitHubWorld } from '../record/github-world.ts';

const CHECKS = '/repos/{owner}/{repo}/check-runs';
const annotations = (count: number): Annotation[] =>
  Array.from({ length: count }, (_, index) => ({
    path: 'flotilla.yml',
    start_line: index + 1,
    end_line: index + 1,
    annotation_level: 'notice',
    message: `line ${index + 1}`,
  }));

describe('what is shown on GitHub', () => {
  let world: GitHubWorld;
  let github: GitHub;
  let headSha: string;
  beforeEach(async () => {
    world = await gitHubWorld();
    github = world.connect();
    headSha = (
      await world.sandbox.push(world.fullName, {
        branch: 'main',
        files: { 'flotilla.yml': 'fleet: acme\n' },
        message: 'config',
      })
    ).sha;
    world.sandbox.traffic.length = 0;
  });
  afterEach(() => world.close());

  const fault = (route: string, act: FaultAct, times = 1) =>
    world.sandbox.faults.add({ match: (request) => `${request.method} ${request.route}` === route, times, act });
  const check = (count: number): NewCheck => ({
    name: 'flotilla / plan (production)',
    headSha,
    externalId: 'github:1/1',
    status: 'completed',
    conclusion: 'success',
    output: { title: 'No changes', summary: 'All is well.', annotations: annotations(count) },
  });
  const annotated = async (id: number) => {
    const route = 'GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations';
    const { data } = await github.request<{ message: string }[]>(
      route,
      { ...world.repository, check_run_id: id, per_page: 100 },
      { kind: 'test' },
    );
    return data.map(({ message }) => message);
  };

  test.each([
    [0, 1],
    [50, 1],
    [51, 2],
    [100, 2],
    [120, 3],
  ])('a check with %i annotations takes %i requests', async (count, requests) => {
    await createCheck(github, world.repository, check(count));
    expect(world.sandbox.traffic).toHaveLength(requests);
    const [run] = await listChecks(github, world.repository, headSha);
    expect(run).toMatchObject({ status: 'completed', conclusion: 'success', output: { annotations_count: count } });
  });

  test('a check whose creation was cut off is found, not made twice; nor are its annotations', async () => {
    fault(`POST ${CHECKS}`, { kind: 'cut', when: 'after' });
    fault(`PATCH ${CHECKS}/{check_run_id}`, { kind: 'cut', when: 'after' });
    const { id } = await createCheck(github, world.repository, check(60));
    expect(await listChecks(github, world.repository, headSha)).toHaveLength(1);
    expect(await annotated(id)).toEqual(annotations(60).map(({ message }) => message));
  });

  test('annotations whose request never arrived are sent again', async () => {
    const { id } = await createCheck(github, world.repository, {
      ...check(10),
      status: 'in_progress',
      conclusion: undefined,
    } as never);
    fault(`PATCH ${CHECKS}/{check_run_id}`, { kind: 'cut', when: 'before' });
    await updateCheck(github, world.repository, id, check(5), 10);
    expect(await annotated(id)).toHaveLength(15);
  });

  test('checks of dead runs are concluded, those of live ones are not', async () => {
    for (const externalId of ['github:1/1', 'github:2/1'])
      await createCheck(github, world.repository, {
        name: 'flotilla / apply',
        headSha,
        externalId,
        status: 'in_progress',
      });
    const ended = await concludeDangling(github, world.repository, headSha, (id) => id === 'github:1/1', {
      title: 'Ended',
      summary: 'Its run died.',
    });
    expect(ended).toBe(1);
    const runs = await listChecks(github, world.repository, headSha);
    expect(runs.map(({ external_id, conclusion }) => [external_id, conclusion]).toSorted()).toEqual([
      ['github:1/1', 'cancelled'],
      ['github:2/1', null],
    ]);
  });

  test('a deployment is made once, also when its answer was cut off, and shows its states', async () => {
    fault('POST /repos/{owner}/{repo}/deployments', { kind: 'cut', when: 'after' });
    const id = await createDeployment(github, world.repository, {
      sha: headSha,
      environment: 'production',
      run: 'github:1/1',
      description: 'd'.repeat(200),
      production: true,
      transient: false,
    });
    await addDeploymentStatus(github, world.repository, id, {
      state: 'success',
      description: '…'.repeat(200),
      environmentUrl: 'https://acme.dev',
    });
    const route = 'GET /repos/{owner}/{repo}/deployments';
    const { data } = await github.request<{ id: number; description: string }[]>(route, world.repository, {
      kind: 'test',
    });
    expect(data.map((deployment) => [deployment.id, deployment.description.length])).toEqual([[id, 140]]);
    const statuses = await github.request<{ state: string; environment_url: string }[]>(
      `${route}/{deployment_id}/statuses`,
      { ...world.repository, deployment_id: id },
      { kind: 'test' },
    );
    expect(statuses.data[0]).toMatchObject({ state: 'success', environment_url: 'https://acme.dev' });
  });

  test('one sticky comment: made, changed, left alone; a stranger cannot take its place', async () => {
    const route = 'POST /repos/{owner}/{repo}/issues';
    const { data } = await github.request<{ number: number }>(
      route,
      { ...world.repository, title: 'x' },
      { kind: 'test' },
    );
    const stranger = world.sandbox.createUser('mallory', 'none');
    await createComment(world.connect(stranger.token), world.repository, data.number, '<!-- flotilla:plan -->\nmine');
    fault('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { kind: 'cut', when: 'after' });
    for (const body of ['one', 'two', 'two']) await stickyComment(github, world.repository, data.number, 'plan', body);
    const comments = await github.request<{ body: string }[]>(
      'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
      { ...world.repository, issue_number: data.number },
      { kind: 'test' },
    );
    expect(comments.data.map(({ body }) => body.split('\n')[1])).toEqual(['mine', 'two']);
    const writes = world.sandbox.traffic.filter(({ method, route }) => method !== 'GET' && route?.includes('comments'));
    expect(writes).toHaveLength(3);
  });

  test('reads a pull request, its files, and what somebody may do', async () => {
    world.sandbox.createUser('ada');
    world.sandbox.setPermission(world.fullName, 'ada', 'write');
    await world.sandbox.push(world.fullName, {
      branch: 'change',
      files: { 'web/index.html': 'hi' },
      message: 'change',
    });
    const { data } = await github.request<{ number: number }>(
      'POST /repos/{owner}/{repo}/pulls',
      { ...world.repository, title: 'x', head: 'change', base: 'main' },
      { kind: 'test' },
    );
    expect(await readPullRequest(github, world.repository, data.number)).toMatchObject({
      headRef: 'change',
      baseRef: 'main',
      fork: false,
      merged: false,
      state: 'open',
    });
    expect(await changedFiles(github, world.repository, data.number)).toEqual(['web/index.html']);
    expect(await permissionOf(github, world.repository, 'ada')).toBe('write');
    expect(await permissionOf(github, world.repository, 'nobody')).toBe('none');
  });

  test('a run that is not a workflow run, or that GitHub does not know, may be alive or not', async () => {
    expect(await isWorkflowRunAlive(github, world.repository, 'local:host:1:2')).toBeUndefined();
    expect(await isWorkflowRunAlive(github, world.repository, 'github:4711/1')).toBeUndefined();
  });
});

test('the address of a Deployment is one of the web, whatever a provider answers', () => {
  const shown = (url: string) => environmentUrl({ outputs: { 'site/web': { url } } } as unknown as Outcome);
  expect(shown('https://acme.dev/x?y')).toBe('https://acme.dev/x?y');
  for (const url of ['javascript:alert(1)', 'https://user:pass@acme.dev', 'https://acme.dev\n::add-mask::x', 'x', ''])
    expect(shown(url)).toBeUndefined();
});
