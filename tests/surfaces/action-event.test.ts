import { describe, expect, test } from 'vitest';
import { taskOf, type RunnerEvent } from '../../src/action/event.ts';
import { intervalOf } from '../../src/action/cron-interval.ts';

const sha = 'a'.repeat(40);
const auto = { command: 'auto', environment: undefined, resource: undefined, to: undefined };
const event = (name: string, more: Partial<RunnerEvent> = {}): RunnerEvent => ({
  name,
  payload: {},
  sha,
  ref: 'refs/heads/main',
  stateBranch: 'flotilla',
  ...more,
});
const pull = (fullName: string | null, action = 'opened') => ({
  action,
  pull_request: {
    number: 7,
    head: { sha: 'b'.repeat(40), repo: fullName === null ? null : { full_name: fullName } },
    base: { ref: 'main', repo: { full_name: 'acme/fleet' } },
  },
});

describe('what an event is, in the words of the engine', () => {
  test('a push applies what its branch deploys', () => {
    expect(taskOf(event('push'), auto)).toEqual({
      command: 'apply',
      intent: { kind: 'converge' },
      trigger: { kind: 'push', branch: 'main' },
      commit: sha,
      basis: 'live',
    });
  });

  test.each([
    ['the state branch', event('push', { ref: 'refs/heads/flotilla' }), 'this is the state branch'],
    ['a tag', event('push', { ref: 'refs/tags/v1' }), 'only pushes to branches'],
    ['a deleted branch', event('push', { payload: { deleted: true } }), 'only pushes to branches'],
    ['pull_request_target', event('pull_request_target', { payload: pull('acme/fleet') }), 'the code of strangers'],
    ['anything else', event('fork'), 'nothing is done on fork'],
  ])('%s: nothing, and why', (_, given, why) => {
    expect(taskOf(given, auto)).toEqual({ skip: expect.stringContaining(why) });
  });

  test('a pull request is planned at its head, not at the merge that the runner checked out', () => {
    const task = taskOf(event('pull_request', { payload: pull('acme/fleet'), ref: 'refs/pull/7/merge' }), auto);
    const trigger = { kind: 'pull-request', number: 7, base: 'main' };
    expect(task).toMatchObject({ command: 'plan', trigger, commit: 'b'.repeat(40), basis: 'live', previews: 'deploy' });
  });

  test.each(['stranger/fleet', null])('from %s: the record only, and no preview', (fullName) => {
    const task = taskOf(event('pull_request', { payload: pull(fullName) }), auto);
    expect(task).toMatchObject({ command: 'plan', basis: 'recorded' });
    expect(task).not.toHaveProperty('previews');
    const forced = () => taskOf(event('pull_request', { payload: pull(fullName) }), { ...auto, command: 'apply' });
    expect(forced).toThrow('not for pull requests from forks');
  });

  test('a closed pull request only takes its preview away', () => {
    const task = taskOf(event('pull_request', { payload: pull('acme/fleet', 'closed') }), auto);
    expect(task).toMatchObject({ command: 'previews', previews: 'remove' });
  });

  test('a merge group is planned on its own commit; a schedule looks after health and lets previews expire', () => {
    const payload = { merge_group: { head_sha: 'c'.repeat(40), base_ref: 'refs/heads/main' } };
    expect(taskOf(event('merge_group', { payload }), auto)).toMatchObject({
      command: 'plan',
      commit: 'c'.repeat(40),
      trigger: { base: 'main' },
    });
    expect(taskOf(event('schedule'), auto)).toMatchObject({ command: 'health', previews: 'expire' });
  });

  test('a dispatch does what it is asked to', () => {
    const dispatch = event('workflow_dispatch');
    expect(taskOf(dispatch, { ...auto, command: 'destroy', environment: 'staging' })).toMatchObject({
      command: 'apply',
      intent: { kind: 'destroy' },
      trigger: { kind: 'asked', environment: 'staging' },
    });
    const back = { ...auto, command: 'rollback', resource: 'service/api', to: 'dep-1' };
    expect(taskOf(dispatch, back)).toMatchObject({ intent: { kind: 'rollback', address: 'service/api', to: 'dep-1' } });
    expect(() => taskOf(dispatch, { ...back, resource: 'api' })).toThrow('"api" is none');
    expect(() => taskOf(dispatch, { ...auto, command: 'explode' })).toThrow('there is no command "explode"');
  });
});

test.each([
  ['*/5 * * * *', 5],
  ['3,13,23,33,43,53 * * * *', 10],
  ['0-59/15 * * * *', 15],
  ['* * * * *', 1],
  ['17 * * * *', 60],
  ['5,20 */1 * * *', 45],
  ['23 5 * * *', 1440],
])('a schedule of %s runs at most %i minutes apart', (cron, minutes) => {
  expect(intervalOf(cron)).toBe(minutes * 60_000);
});
