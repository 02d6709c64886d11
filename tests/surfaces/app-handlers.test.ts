import { describe, expect, test } from 'vitest';
import { onCheckRun } from '../../app/handlers/check-run.ts';
import { onCheckSuite } from '../../app/handlers/check-suite.ts';
import { onInstallation } from '../../app/handlers/installation.ts';
import { onIssueComment } from '../../app/handlers/issue-comment.ts';
import { onMergeGroup } from '../../app/handlers/merge-group.ts';
import { onPullRequest } from '../../app/handlers/pull-request.ts';
import { onPush } from '../../app/handlers/push.ts';
import { onWorkflowRun } from '../../app/handlers/workflow-run.ts';

const repository = { name: 'fleet', owner: { login: 'acme' }, default_branch: 'main' };
const from = { repository, installation: { id: 7 } };
const place = { installation: 7, owner: 'acme', repo: 'fleet' };

describe('pull_request', () => {
  const event = { ...from, number: 3, pull_request: { head: { sha: 'c0' }, base: { ref: 'main' } } };
  const task = { kind: 'plan', place, pull: 3, base: 'main', commit: 'c0' };
  test.each(['opened', 'synchronize', 'reopened'])('%s', (action) =>
    expect(onPullRequest({ ...event, action })).toEqual([task]),
  );
  test('another base is another plan, another title is not', () => {
    expect(onPullRequest({ ...event, action: 'edited', changes: { base: { ref: { from: 'old' } } } })).toEqual([task]);
    expect(onPullRequest({ ...event, action: 'edited', changes: {} })).toEqual([]);
  });
  test('without an installation there is nobody to act as', () => {
    expect(onPullRequest({ ...event, action: 'opened', installation: undefined })).toEqual([]);
  });
});

describe('push', () => {
  const event = { ...from, ref: 'refs/heads/main', after: 'c0', deleted: false, sender: { login: 'wendy' } };
  const task = { kind: 'push', place, branch: 'main', commit: 'c0', byWorkflow: false };
  test('to the default branch', () => expect(onPush(event)).toEqual([task]));
  test('to any other branch, by a person and by a workflow', () => {
    expect(onPush({ ...event, ref: 'refs/heads/a/b' })).toEqual([]);
    expect(onPush({ ...event, ref: 'refs/heads/a/b', sender: { login: 'github-actions[bot]' } })).toEqual([
      { ...task, branch: 'a/b', byWorkflow: true },
    ]);
  });
  test.each([
    ['of a tag', { ref: 'refs/tags/v1' }],
    ['that deletes', { deleted: true }],
  ])('%s', (_name, change) => expect(onPush({ ...event, ...change })).toEqual([]));
  test('of the record is news of the fleet, and applied by nobody', () =>
    expect(onPush({ ...event, ref: 'refs/heads/flotilla', sender: { login: 'github-actions[bot]' } })).toEqual([
      { kind: 'recorded', place },
    ]));
});

describe('check_run', () => {
  const pull = { number: 3, head: { ref: 'more', sha: 'c0' }, base: { ref: 'main' } };
  const event = (name: string, action: string, more = {}) => ({
    ...from,
    action,
    sender: { login: 'wendy', type: 'User' },
    check_run: { name, head_sha: 'c0', check_suite: { head_branch: 'more' }, pull_requests: [pull], ...more },
  });
  const button = { kind: 'button', place, actor: 'wendy', commit: 'c0', environment: 'production', branch: 'more' };
  const plan = 'flotilla / plan (production)';
  const asked = (name: string, identifier: string) => ({
    ...event(name, 'requested_action'),
    requested_action: { identifier },
  });

  test('a plan is made again', () =>
    expect(onCheckRun(event(plan, 'rerequested'))).toEqual([
      { kind: 'plan', place, pull: 3, base: 'main', commit: 'c0' },
    ]));
  test('of a commit that is no pull request’s head any more, or of a fork', () => {
    for (const pull_requests of [[{ ...pull, head: { ref: 'more', sha: 'c1' } }], [], null])
      expect(onCheckRun(event(plan, 'rerequested', { pull_requests }))).toEqual([
        { kind: 'replan', place, commit: 'c0' },
      ]);
  });
  test('of a merge group', () => {
    const check_suite = { head_branch: 'gh-readonly-queue/release/1.x/pr-3-c0ffee' };
    expect(onCheckRun(event(plan, 'rerequested', { check_suite, pull_requests: [] }))).toEqual([
      { kind: 'plan', place, pull: 0, base: 'release/1.x', commit: 'c0' },
    ]);
  });
  test('buttons', () => {
    expect(onCheckRun(asked(plan, 'plan'))).toEqual([{ ...button, action: 'plan' }]);
    expect(onCheckRun(asked('flotilla / apply', 'apply'))).toEqual([
      { ...button, action: 'apply', environment: undefined },
    ]);
    expect(onCheckRun(asked(plan, 'destroy'))).toEqual([]);
    expect(onCheckRun({ ...asked(plan, 'plan'), sender: { login: 'robot[bot]', type: 'Bot' } })).toEqual([]);
  });
  test('an apply is not run again without asking who wants it', () =>
    expect(onCheckRun(event('flotilla / apply', 'rerequested'))).toMatchObject([{ kind: 'button', action: 'apply' }]));
  test('others’ checks', () => expect(onCheckRun(event('lint', 'rerequested'))).toEqual([]));
});

const pullOf = (number: number, sha: string) => ({ number, head: { ref: 'more', sha }, base: { ref: 'main' } });

test('check_suite: all open pull requests of the commit', () => {
  const check_suite = {
    head_sha: 'c0',
    head_branch: 'more',
    pull_requests: [pullOf(3, 'c0'), null, pullOf(4, 'c1'), pullOf(5, 'c0')],
  };
  expect(onCheckSuite({ ...from, check_suite })).toMatchObject([{ pull: 3 }, { pull: 5 }]);
});

test('merge_group: on the group’s commit', () =>
  expect(onMergeGroup({ ...from, merge_group: { head_sha: 'c0', base_ref: 'refs/heads/main' } })).toEqual([
    { kind: 'plan', place, pull: 0, base: 'main', commit: 'c0' },
  ]));

describe('issue_comment', () => {
  const user = { login: 'wendy', type: 'User' };
  const comment = { id: 9, body: '/flotilla help', created_at: '2026-11-20T12:00:00Z', user };
  const event = { ...from, issue: { number: 3, pull_request: {} }, comment };
  test('a command', () =>
    expect(onIssueComment(event)).toEqual([
      {
        kind: 'command',
        place,
        issue: 3,
        isPull: true,
        comment: 9,
        at: '2026-11-20T12:00:00Z',
        actor: 'wendy',
        command: { name: 'help' },
      },
    ]));
  test.each([
    ['by a bot', { user: { login: 'robot[bot]', type: 'Bot' } }],
    ['by nobody any more', { user: null }],
    ['by an App in a person’s name', { performed_via_github_app: { id: 1 } }],
    ['without a command', { body: 'Thank you' }],
  ])('%s', (_name, change) => expect(onIssueComment({ ...event, comment: { ...comment, ...change } })).toEqual([]));
});

describe('workflow_run', () => {
  const run = {
    path: '.github/workflows/flotilla.yml',
    conclusion: 'timed_out',
    head_sha: 'c0',
    html_url: 'https://x',
  };
  test('that ended badly', () => {
    const task = { kind: 'ended', place, commit: 'c0', url: 'https://x', conclusion: 'timed_out' };
    expect(onWorkflowRun({ ...from, workflow_run: run })).toEqual([task]);
    expect(onWorkflowRun({ ...from, workflow_run: { ...run, path: `${run.path}@main` } })).toEqual([task]);
  });
  test.each([{ conclusion: 'success' }, { conclusion: null }, { path: '.github/workflows/ci.yml' }])('%j', (change) =>
    expect(onWorkflowRun({ ...from, workflow_run: { ...run, ...change } })).toEqual([]),
  );
});

test('installation: each repository', () => {
  const catchUp = { kind: 'catch-up', place };
  const repositories = [{ full_name: 'acme/fleet' }];
  expect(onInstallation({ installation: { id: 7 }, repositories })).toEqual([catchUp]);
  expect(onInstallation({ installation: { id: 7 }, repositories_added: repositories })).toEqual([catchUp]);
  expect(onInstallation({ installation: { id: 7 } })).toEqual([]);
});
