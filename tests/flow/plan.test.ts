import { describe, expect, test } from 'vitest';
import type { Step } from '../../src/model/plan.ts';
import { waves } from '../../src/model/plan.ts';
import { instanceHash, resolve } from '../../src/model/resolve.ts';
import { parseAllow } from '../../src/plan/guards.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { allAt, applied, graphOf, planInput, resource } from './fleet.ts';

const brief = (steps: Step[]) => steps.map(({ id, action, because, after }) => ({ id, action, because, after }));
const database = resource('database/main', { protect: true });
const api = resource('service/api', {
  dependsOn: ['database/main'],
  spec: { env: { DATABASE: '${database.main.url}' } },
});
const web = resource('site/web', { dependsOn: ['service/api'], spec: { env: { API: '${service.api.url}' } } });
const fleet = graphOf(database, api, web);
const KEPT = 'moved to two; kept for 30 s more, for those who have its address';

describe('what a plan does', () => {
  test('a new fleet is created in dependency order, one wave after the other', () => {
    const { steps, blocks } = makePlan(planInput(fleet));
    expect(brief(steps)).toEqual([
      { id: 'database/main@one', action: 'create', because: 'new', after: [] },
      { id: 'service/api@one', action: 'create', because: 'new', after: ['database/main@one'] },
      { id: 'site/web@one', action: 'create', because: 'new', after: ['service/api@one'] },
    ]);
    expect(waves(steps).map((wave) => wave.length)).toEqual([1, 1, 1]);
    expect(blocks).toEqual([]);
  });

  test('nothing changes when nothing changed', () => {
    const { steps, unchanged } = makePlan(planInput(fleet, applied(fleet)));
    expect(steps).toEqual([]);
    expect(unchanged).toBe(3);
  });

  test('same inputs, same bytes', () => {
    const once = makePlan(planInput(fleet, applied(fleet)));
    expect(JSON.stringify(makePlan(planInput(fleet, applied(fleet))))).toBe(JSON.stringify(once));
  });

  test('a changed spec updates that resource alone and shows the change', () => {
    const changed = graphOf(
      database,
      { ...api, spec: { env: { DATABASE: '${database.main.url}', LEVEL: 'debug' } } },
      web,
    );
    const { steps } = makePlan(planInput(changed, applied(fleet)));
    expect(steps).toHaveLength(1);
    expect(steps[0]).toMatchObject({ id: 'service/api@one', action: 'update', because: 'the config changed' });
    expect(steps[0]?.diff).toEqual([{ path: 'env.LEVEL', to: 'debug' }]);
  });

  test('changed files update what is made from them', () => {
    const before = graphOf(resource('service/api', { source: { dir: 'api', tree: 'a'.repeat(40) } }));
    const after = graphOf(resource('service/api', { source: { dir: 'api', tree: 'b'.repeat(40) } }));
    const [step] = makePlan(planInput(after, applied(before))).steps;
    expect(step).toMatchObject({ action: 'update', because: 'its files changed' });
    expect(step?.diff).toEqual([{ path: 'source', from: 'aaaaaaaaaaaa', to: 'bbbbbbbbbbbb' }]);
  });

  test('what is recorded but gone is made again; what depends on it follows', () => {
    const { recorded, observation } = applied(fleet);
    observation.instances.delete('service/api@one');
    const { steps } = makePlan(planInput(fleet, { recorded, observation }));
    expect(brief(steps)).toEqual([
      { id: 'service/api@one', action: 'create', because: 'it is gone from one', after: [] },
      {
        id: 'site/web@one',
        action: 'update',
        because: 'service/api will have new outputs',
        after: ['service/api@one'],
      },
    ]);
  });

  test('what exists with our mark but is not in the record is adopted, never made twice', () => {
    const { observation } = applied(fleet);
    const { steps } = makePlan(planInput(fleet, { observation }));
    expect(steps.map(({ action }) => action)).toEqual(['adopt', 'adopt', 'adopt']);
  });

  test('a move makes the new one, then those that refer to it, then deletes the old one', () => {
    const before = applied(fleet);
    const placement = allAt(fleet);
    placement.set('service/api', [{ provider: 'two', replicas: 1, because: 'test' }]);
    const { steps } = makePlan(planInput(fleet, { ...before, placement }));
    expect(brief(steps)).toEqual([
      { id: 'service/api@two', action: 'move', because: 'from one: test', after: [] },
      {
        id: 'site/web@one',
        action: 'update',
        because: 'service/api will have new outputs',
        after: ['service/api@two'],
      },
      { id: 'service/api@one', action: 'delete', because: KEPT, after: ['service/api@two', 'site/web@one'] },
    ]);
    expect(steps.at(-1)?.graceSeconds).toBe(30);
  });

  test('deletions go in the reverse order', () => {
    const { steps } = makePlan(planInput(graphOf(), { ...applied(fleet), destroy: true }));
    const after = Object.fromEntries(steps.map((step) => [step.id, step.after]));
    expect(after).toEqual({
      'site/web@one': [],
      'service/api@one': ['site/web@one'],
      'database/main@one': ['service/api@one'],
    });
  });

  test('drift is an update, or a replacement where the provider cannot change it', () => {
    const drift = () => [{ path: 'region', from: 'us', to: 'eu', replaces: true }];
    const { steps } = makePlan(planInput(graphOf(api), { ...applied(graphOf(api)), drift }));
    expect(steps[0]).toMatchObject({ action: 'replace', because: 'it was changed at the provider' });
  });

  test('what uses a secret output is deployed again when that will be another', () => {
    const main = resource('database/main');
    const user = resource('service/user', {
      spec: { env: { DB: '${database.main.url}' } },
      dependsOn: ['database/main'],
    });
    const before = applied(graphOf(main, user));
    expect(makePlan(planInput(graphOf(main, user), before)).steps).toEqual([]);
    before.observation.instances.delete('database/main@one');
    const { steps } = makePlan(planInput(graphOf(main, user), before));
    expect(steps).toMatchObject([
      { resource: 'database/main', action: 'create' },
      { resource: 'service/user', action: 'update', because: 'database/main will have new outputs' },
    ]);
  });

  test('an account that could not be asked is left alone: unknown is never absent', () => {
    const before = applied(fleet);
    before.observation.instances.clear();
    before.observation.unread.set('one', { tag: 'transient', message: 'down' });
    const plan = makePlan(planInput(fleet, before));
    expect(plan.steps).toEqual([]);
    expect(plan.unread).toEqual([
      {
        provider: 'one',
        failure: { tag: 'transient', message: 'down' },
        resources: ['database/main', 'service/api', 'site/web'],
      },
    ]);
  });

  test('a version that was rolled back from is held back until something changes', () => {
    const before = applied(graphOf(api));
    const instance = before.recorded.resources.get('service/api')?.instances['one'];
    const observed = before.observation.instances.get('service/api@one');
    if (!instance || !observed) throw new Error('not applied');
    Object.assign(instance, { heldBack: instance.hash, hash: 'older' });
    observed.hash = 'older';
    const input = planInput(graphOf(api), { ...before, placement: allAt(graphOf(api)) });
    const held = makePlan(input);
    expect(held.steps).toEqual([]);
    expect(held.warnings[0]?.message).toContain('--redeploy service/api');
    expect(makePlan({ ...input, redeploy: new Set(['service/api']) }).steps).toHaveLength(1);
  });
});

describe('what stands in the way', () => {
  test('deleting what is protected, until it is named', () => {
    const before = applied(fleet);
    const without = graphOf(api, web);
    const blocked = makePlan(planInput(without, before));
    expect(blocked.blocks).toMatchObject([
      {
        guard: 'delete-protected',
        resources: ['database/main'],
        lift: 'flotilla apply --allow delete-protected=database/main',
      },
    ]);
    const lifted = (word: string) =>
      makePlan(planInput(without, { ...before, allow: parseAllow([word]).allow })).blocks;
    expect(lifted('delete-protected=database/main')).toEqual([]);
    expect(lifted('delete-protected')).toEqual([]);
    expect(lifted('delete-protected=database/other')).toHaveLength(1);
    expect(lifted('mass-change')).toHaveLength(1);
  });

  test('moving or replacing what is protected', () => {
    const placement = allAt(fleet, 'two');
    const { blocks } = makePlan(planInput(fleet, { ...applied(fleet), placement }));
    expect(blocks).toMatchObject([{ guard: 'replace-protected', resources: ['database/main'] }]);
  });

  test('an empty config', () => {
    const { blocks } = makePlan(planInput(graphOf(), applied(graphOf(api, web))));
    expect(blocks.map(({ guard }) => guard)).toEqual(['empty-config']);
  });

  test.each([
    [3, []],
    [4, ['mass-change']],
  ])('%i of ten deleted: %j', (gone, guards) => {
    const ten = graphOf(...Array.from({ length: 10 }, (_, index) => resource(`service/s${index}`)));
    const { blocks } = makePlan(planInput(graphOf(...ten.resources.slice(gone)), applied(ten)));
    expect(blocks.map(({ guard }) => guard)).toEqual(guards);
  });

  test('a foreign resource of the same name; no word lifts that', () => {
    const { observation } = applied(graphOf(web));
    const other = observation.instances.get('site/web@one');
    if (!other) throw new Error('not applied');
    observation.foreign.set('site/web@one', { ...other, owner: null });
    observation.instances.clear();
    const allow = parseAllow(['delete-protected', 'foreign']).allow;
    const { blocks, steps } = makePlan(planInput(graphOf(web), { observation, allow }));
    expect(blocks).toMatchObject([{ guard: 'foreign', liftable: false }]);
    expect(steps).toEqual([]);
  });

  test('a plan that is no longer the approved one', () => {
    const input = planInput(fleet);
    const { hash } = makePlan(input);
    expect(makePlan({ ...input, expected: hash }).blocks).toEqual([]);
    expect(makePlan({ ...input, expected: hash.slice(0, 12) }).blocks).toEqual([]);
    expect(makePlan({ ...input, commit: 'd'.repeat(40), expected: hash }).blocks).toMatchObject([
      { guard: 'plan-moved' },
    ]);
  });

  test('words that are no guard are told', () => {
    expect(parseAllow(['delete-protected', 'everything']).unknown).toEqual(['everything']);
  });
});

test('deployed again because it was asked for: another hash, so that providers see a new version; then quiet again', () => {
  const before = applied(graphOf(api));
  const asked = planInput(graphOf(api), { ...before, redeploy: new Set(['service/api']) });
  expect(makePlan(asked).steps).toMatchObject([{ action: 'update', because: 'asked for', diff: [] }]);
  const instance = before.recorded.resources.get('service/api')?.instances['one'];
  const observed = before.observation.instances.get('service/api@one');
  if (!instance || !observed) throw new Error('not applied');
  const hash = instanceHash(
    api,
    { provider: 'one', replicas: 1, because: '' },
    resolve(api, () => undefined),
    1,
  );
  expect(hash).not.toBe(instance.hash);
  Object.assign(instance, { hash, generation: 1 });
  observed.hash = hash;
  expect(makePlan(planInput(graphOf(api), before)).steps).toEqual([]);
});

test('what an earlier run did and could not record is adopted, so that the record catches up', () => {
  const before = applied(graphOf(api));
  const instance = before.recorded.resources.get('service/api')?.instances['one'];
  Object.assign(instance ?? {}, { intent: { action: 'update', run: 'local:x', at: '2026-11-20T00:00:00Z' } });
  expect(makePlan(planInput(graphOf(api), before)).steps).toMatchObject([
    { action: 'adopt', because: 'an earlier run did this and could not record it' },
  ]);
});
