/** Every kind of work asks for a token of one repository that may do no more than that work needs. */
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RIGHTS, type Rights } from '../../app/access.ts';
import { Seen } from '../../app/seen.ts';
import type { Place, Task } from '../../app/task.ts';
import { doTask } from '../../app/work/do-task.ts';
import type { Means } from '../../app/work/means.ts';
import { recordTurn } from '../../app/watch/record-turn.ts';
import { CredentialError, systemClock, type FleetView } from '../../src/index.ts';

const place = { installation: 7, owner: 'acme', repo: 'fleet' };
const command = {
  kind: 'command',
  place,
  issue: 1,
  isPull: true,
  comment: 2,
  at: '2026-11-20T12:00:00Z',
  actor: 'eve',
};

const TASKS: [Task, (keyof typeof RIGHTS)[]][] = [
  [{ kind: 'plan', place, pull: 1, base: 'main', commit: 'c' }, ['plan']],
  [{ kind: 'replan', place, commit: 'c' }, ['sweep']],
  [{ ...command, command: { name: 'help' } } as Task, ['command']],
  [
    { kind: 'button', place, action: 'apply', actor: 'eve', commit: 'c', environment: undefined, branch: 'b' },
    ['push'],
  ],
  [{ kind: 'push', place, branch: 'main', commit: 'c', byWorkflow: true }, ['push']],
  [{ kind: 'ended', place, commit: 'c', url: 'https://x.example', conclusion: 'failure' }, ['ended']],
  [{ kind: 'gate', place, environment: 'production', run: 1, actor: 'eve' }, ['gate']],
  [{ kind: 'catch-up', place }, ['sweep']],
];

test.each(TASKS)('$kind', async (task, expected) => {
  const asked: [Place, Rights][] = [];
  const access = {
    repository: (at: Place, rights: Rights) => {
      asked.push([at, rights]);
      throw new Error('that is all we want to know');
    },
  };
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const signal = new AbortController().signal;
  const means = { access, log, planned: new Seen(9), signal, enqueue: () => {}, moved: async () => {} };
  await doTask(task, means as unknown as Means & { enqueue(): void }).catch(() => {});
  expect(asked).toEqual(expected.map((name) => [place, RIGHTS[name]]));
});

test('a heartbeat that was confirmed', async () => {
  const asked: Rights[] = [];
  const repository = (_: Place, rights: Rights) => {
    asked.push(rights);
    const request = async (route: string) => {
      if (route.endsWith('dispatches')) return { status: 204, headers: {}, data: undefined };
      throw new CredentialError('not with these rights');
    };
    return { requests: new Map(), request, graphql: request };
  };
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const means = { access: { repository }, log, clock: systemClock, heartbeat: 30_000, reach: undefined };
  const view = { environment: 'production', commit: 'c', config: { environments: {} }, defaultBranch: 'main' };
  const { signal } = new AbortController();
  await recordTurn(place, view as FleetView, [], signal, means as unknown as Parameters<typeof recordTurn>[4]);
  expect(asked).toEqual([RIGHTS.record, RIGHTS.dispatch]);
});

test('nothing may write contents but what records health, and nothing asks for more than the App has', () => {
  const manifest = parse(readFileSync(join(import.meta.dirname, '../../app/app.yml'), 'utf8')) as {
    default_permissions: Rights;
  };
  const writers = Object.entries(RIGHTS).filter(([, rights]) => 'contents' in rights && rights.contents === 'write');
  expect(writers.map(([name]) => name)).toEqual(['record']);
  const has = manifest.default_permissions;
  const asked = Object.values(RIGHTS).flatMap((rights) => Object.entries(rights as Rights));
  expect(asked.filter(([right, level]) => has[right] !== 'write' && has[right] !== level)).toEqual([]);
});
