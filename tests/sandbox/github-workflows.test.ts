import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startGitHub } from '../../src/sandbox/github/index.ts';
import type { RunRequest, SandboxGitHub, WorkflowRunner } from '../../src/sandbox/github/index.ts';
import { matchesPattern } from '../../src/sandbox/github/workflows/filters.ts';
import type { Client } from './github-client.ts';
import { client } from './github-client.ts';

/** A runner whose runs go on until they are told to end. */
const heldRunner = () => {
  const started: { request: RunRequest; end: (conclusion?: 'success' | 'cancelled') => void }[] = [];
  const runner: WorkflowRunner = {
    run(request) {
      const { promise, resolve } = Promise.withResolvers<'success' | 'cancelled'>();
      started.push({ request, end: (conclusion = 'success') => resolve(conclusion) });
      return {
        done: promise.then((conclusion) => ({ conclusion, jobs: [] })),
        cancel: () => resolve('cancelled'),
      };
    },
  };
  return { runner, started };
};

let github: SandboxGitHub;
let held: ReturnType<typeof heldRunner>;
let api: Client;

beforeEach(async () => {
  held = heldRunner();
  github = await startGitHub({ runner: held.runner });
  await github.createRepository('acme/fleet');
  api = client(github, github.createUser('alice', 'admin').token);
});
afterEach(() => github.close());

const workflow = (name: string, text: string) => ({
  [`.github/workflows/${name}.yml`]: `name: ${name}\n${text}\njobs: { one: { runs-on: x, steps: [{ run: x }] } }\n`,
});
const push = (files: Record<string, string>, message = 'change', branch = 'main') =>
  github.push('acme/fleet', { branch, files, message });
const runs = () =>
  [...github.state.repositories.get('acme/fleet')!.runs.values()].map(({ name, event, status, conclusion }) =>
    [name, event, conclusion ?? status].join(' '),
  );
/** Waits until the runner has been given that many runs. */
const begun = (count: number) => expect.poll(() => held.started.length).toBe(count);

const go = (inputs: Record<string, unknown>, more = {}) =>
  api.rest('POST /repos/acme/fleet/actions/workflows/go.yml/dispatches', { ref: 'main', inputs, ...more });

const three = async (concurrency: string) => {
  await push(workflow('go', `on: workflow_dispatch\nconcurrency: ${concurrency}`));
  for (let at = 0; at < 3; at += 1)
    await api.rest('POST /repos/acme/fleet/actions/workflows/go.yml/dispatches', { ref: 'main' });
};

const states = () => runs().map((run) => run.split(' ')[2]);

describe('what sets a workflow off', () => {
  test('branches and paths are asked, and words in the message keep it still', async () => {
    await push({
      ...workflow('main', 'on: { push: { branches: [main] } }'),
      ...workflow('docs', "on: { push: { paths: ['docs/**', '!docs/*.tmp'] } }"),
      ...workflow('topic', "on: { push: { branches-ignore: ['main'] } }"),
    });
    await push({ 'docs/a.md': '' });
    await push({ 'docs/a.tmp': '' });
    await push({ x: '' }, 'quiet [skip ci]');
    await push({ y: '' }, 'away', 'topic/one');
    await begun(5);
    expect(runs().toSorted()).toEqual([
      'docs push in_progress',
      'main push in_progress',
      'main push in_progress',
      'main push in_progress',
      'topic push in_progress',
    ]);
  });

  test('a pull request runs on its test merge, with the head shown', async () => {
    await push(workflow('plan', 'on: pull_request\npermissions: { checks: write }'));
    const { sha } = await push({ 'flotilla.yml': 'fleet: a\n' }, 'topic', 'topic');
    const { body: pull } = await api.rest('POST /repos/acme/fleet/pulls', { title: 'T', head: 'topic', base: 'main' });
    await begun(1);
    const { request } = held.started[0]!;
    expect(request).toMatchObject({
      event: 'pull_request',
      ref: 'refs/pull/1/merge',
      headRef: 'topic',
      baseRef: 'main',
    });
    expect(request.sha).toBe(pull.merge_commit_sha);
    expect((await api.rest('GET /repos/acme/fleet/actions/runs')).body.workflow_runs[0]).toMatchObject({
      head_sha: sha,
    });
    const own = client(github, request.token);
    expect((await own.rest('POST /repos/acme/fleet/check-runs', { name: 'x', head_sha: sha })).status).toBe(201);
    expect((await own.rest('POST /repos/acme/fleet/issues', { title: 'x' })).status).toBe(403);
    held.started[0]!.end();
    await github.settled();
    expect((await own.rest('GET /user')).status).toBe(401);
  });

  test('a fork’s pull request has neither secrets nor a token that writes', async () => {
    await push(workflow('plan', 'on: pull_request\npermissions: write-all'));
    github.setSecret('acme/fleet', 'KEY', 'secret');
    await github.fork('acme/fleet', 'eve');
    await github.push('eve/fleet', { branch: 'topic', files: { x: '' }, message: 'x' });
    const eve = client(github, github.createUser('eve').token);
    await eve.rest('POST /repos/acme/fleet/pulls', { title: 'T', head: 'eve:topic', base: 'main' });
    await begun(1);
    const { request } = held.started[0]!;
    expect(request.secrets).toEqual({});
    const head = github.state.repositories.get('eve/fleet')!.git.refs.get('refs/heads/topic');
    const own = client(github, request.token);
    expect((await own.rest('POST /repos/acme/fleet/check-runs', { name: 'x', head_sha: head })).status).toBe(403);
    held.started[0]!.end();
  });

  test('a run’s own token sets off dispatches alone', async () => {
    await push({
      ...workflow('push', 'on: [push, issues]'),
      ...workflow('told', 'on: { workflow_dispatch: {}, repository_dispatch: { types: [go] } }'),
    });
    await begun(1);
    const own = client(github, github.actionsToken('acme/fleet'));
    await own.rest('POST /repos/acme/fleet/issues', { title: 'x' });
    await own.rest('PUT /repos/acme/fleet/contents/y', { message: 'y', content: '' });
    await own.rest('POST /repos/acme/fleet/dispatches', { event_type: 'go' });
    await own.rest('POST /repos/acme/fleet/dispatches', { event_type: 'stay' });
    await own.rest('POST /repos/acme/fleet/actions/workflows/told.yml/dispatches', { ref: 'main' });
    await begun(3);
    expect(
      runs()
        .map((run) => run.split(' ', 2).join(' '))
        .toSorted(),
    ).toEqual(['push push', 'told repository_dispatch', 'told workflow_dispatch']);
    for (const { end } of held.started) end();
  });

  test('a dispatch’s inputs are held against the workflow’s', async () => {
    await push(
      workflow(
        'go',
        'on: { workflow_dispatch: { inputs: { env: { type: choice, options: [a, b], default: b }, dry: { type: boolean, default: true }, who: { required: true } } } }',
      ),
    );
    expect((await go({})).body.message).toBe("Required input 'who' not provided");
    expect((await go({ who: 'x', what: 'y' })).body.message).toBe('Unexpected inputs provided: ["what"]');
    expect((await go({ who: 'x', env: 'c' })).status).toBe(422);
    expect((await go({ who: 'x', dry: 'false' })).status).toBe(204);
    const { body } = await go({ who: 'y' }, { return_run_details: true });
    await begun(2);
    expect(held.started.map(({ request }) => request.inputs)).toEqual([
      { env: 'b', dry: false, who: 'x' },
      { env: 'b', dry: true, who: 'y' },
    ]);
    expect(body.workflow_run_id).toBe(held.started[1]!.request.runId);
    for (const { end } of held.started) end();
  });

  test.each([
    ['main', 'main', true],
    ['feature/*', 'feature/a', true],
    ['feature/*', 'feature/a/b', false],
    ['feature/**', 'feature/a/b', true],
    ['**/docs/*.md', 'docs/a.md', true],
    ['*.js', 'a/b.js', false],
    ['**.js', 'a/b.js', true],
    ['v[12].[0-9]+', 'v1.10', true],
    ['v1.0', 'v1x0', false],
  ])('the pattern %s and the name %s: %s', (pattern, name, matches) => {
    expect(matchesPattern(pattern, name)).toBe(matches);
  });
});

describe('runs of one concurrency group', () => {
  test('one runs, one waits, and a newer one takes the place of the one that waits', async () => {
    await three('"go-${{ github.ref }}"');
    await begun(1);
    expect(states()).toEqual(['in_progress', 'cancelled', 'pending']);
    held.started[0]!.end();
    await begun(2);
    held.started[1]!.end();
    await github.settled();
    expect(states()).toEqual(['success', 'cancelled', 'success']);
  });

  test('queue: max keeps them all, in order', async () => {
    await three('{ group: go, queue: max }');
    await begun(1);
    expect(states()).toEqual(['in_progress', 'pending', 'pending']);
    for (let at = 0; at < 3; at += 1) {
      await begun(at + 1);
      held.started[at]!.end();
    }
    await github.settled();
    expect(states()).toEqual(['success', 'success', 'success']);
    const order = held.started.map(({ request }) => request.runId);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  test('cancel-in-progress makes way for the newest', async () => {
    await three('{ group: go, cancel-in-progress: true }');
    await expect.poll(states).toEqual(['cancelled', 'cancelled', 'in_progress']);
    held.started.at(-1)!.end();
    await github.settled();
    expect(states()[2]).toBe('success');
  });
});
