import { describe, expect, test } from 'vitest';
import { heal } from '../../src/health/heal.ts';
import type { Decision, HealInput } from '../../src/health/heal-input.ts';
import type { InstanceId } from '../../src/model/graph.ts';
import type { Heal, HealPolicy, HealthState, ProbeTarget } from '../../src/model/health.ts';
import type { Incident } from '../../src/model/incident.ts';
import type { Address } from '../../src/model/resource.ts';
import { last, target, tell, time } from './story.ts';

const API = 'service/api@render';
const POLICY: HealPolicy = {
  after: 3,
  steps: ['restart', 'redeploy', 'move'],
  to: 'auto',
  back: 'manual',
  budget: 3,
  coolDownSeconds: 600,
};

interface Situation extends Partial<Omit<HealInput, 'policies' | 'alternatives' | 'room'>> {
  dependsOn?: Record<Address, Address[]>;
  policy?: Partial<HealPolicy>;
  /** Only these have one; all, when left out. */
  policies?: Address[];
  alternatives?: string[];
  room?: Record<string, number>;
  heals?: Heal[];
  avoid?: HealthState['avoid'];
}

/** What is done after the story's last run. */
function healed(rows: Record<InstanceId, string>, situation: Situation = {}) {
  const {
    dependsOn = {},
    policy,
    policies,
    alternatives = ['render', 'fly', 'koyeb'],
    room,
    heals,
    avoid,
    ...more
  } = situation;
  const length = Math.max(...Object.values(rows).map((row) => row.length));
  const calm: Record<InstanceId, string> = Object.fromEntries(
    ['site/calm@vercel', 'service/calm-1@render', 'service/calm-2@render', 'service/calm-3@render'].map((id) => [
      id,
      '.'.repeat(length),
    ]),
  );
  const all = { ...calm, ...rows };
  const told = last(tell(all, { dependsOn }));
  const targets: ProbeTarget[] = (Object.keys(all) as InstanceId[]).map((id) => target(id));
  const resources = targets.map(({ resource }) => resource);
  const health = { ...told.health, heals: heals ?? [], avoid: avoid ?? {} };
  const input: HealInput = {
    health,
    targets,
    facts: new Map(resources.map((resource) => [resource, { dependsOn: dependsOn[resource] ?? [] }])),
    open: told.open,
    policies: new Map((policies ?? resources).map((resource) => [resource, { ...POLICY, ...policy }])),
    places: new Map(targets.map(({ resource, provider }) => [resource, [{ provider, replicas: 1, because: '' }]])),
    alternatives: new Map(resources.map((resource) => [resource, alternatives])),
    ...(room ? { room: new Map(Object.entries(room)) } : {}),
    now: told.now,
    ...more,
  };
  return { ...heal(input), open: input.open, input };
}
const acts = (decisions: readonly Decision[]) =>
  decisions.map(({ resource, action, from, to }) => [resource, action, from, ...(to ? [to] : [])].join(' '));
const did = (run: number, action: Heal['action'], more: Partial<Heal> = {}): Heal => ({
  at: time(run),
  resource: 'service/api',
  action,
  from: 'render',
  incident: '',
  result: 'succeeded',
  ...more,
});

describe('one that is down', () => {
  test('is healed by its policy, and by nothing without one', () => {
    expect(acts(healed({ [API]: '.xxx' }).decisions)).toEqual(['service/api restart render']);
    expect(healed({ [API]: '.xxx' }, { policies: [] }).decisions).toEqual([]);
    expect(healed({ [API]: '.xx' }).decisions).toEqual([]);
  });

  test('waits for as many failed runs as the policy says', () => {
    expect(healed({ [API]: 'xxxx' }, { policy: { after: 5 } }).decisions).toEqual([]);
    expect(healed({ [API]: 'xxxxx' }, { policy: { after: 5 } }).decisions).toHaveLength(1);
  });

  test('gets step after step, each when the one before did not help and it has cooled down', () => {
    const row = 'x'.repeat(12);
    const heals = [did(2, 'restart')];
    expect(acts(healed({ [API]: 'xxxx' }, { heals }).decisions)).toEqual([]);
    expect(acts(healed({ [API]: row }, { heals }).decisions)).toEqual(['service/api redeploy render']);
    const both = [...heals, did(5, 'redeploy')];
    expect(acts(healed({ [API]: row }, { heals: both }).decisions)).toEqual(['service/api move render fly']);
  });

  test('gets all steps anew in another incident', () => {
    const heals = [did(-30, 'restart'), did(-20, 'redeploy')];
    expect(acts(healed({ [API]: 'xxx' }, { heals }).decisions)).toEqual(['service/api restart render']);
  });

  test('says what is done, why, and how often it still may be', () => {
    const [decision] = healed({ [API]: 'xxxx' }, { policy: { steps: ['move'] } }).decisions;
    expect(decision?.because).toBe(
      'service/api moves to fly because render failed for 15 min (HTTP 503); 1 of 3 today',
    );
    expect(decision?.incident).toBe('2026-11-21T10-00-00Z-down-service-api');
    expect(decision?.avoid).toEqual({
      provider: 'render',
      since: time(3),
      because: 'render failed for 15 min (HTTP 503)',
      incident: decision?.incident,
      back: 'manual',
    });
  });

  test('stops at the budget of a day, and says so once', () => {
    const heals = [did(-280, 'restart'), did(-20, 'restart'), did(-10, 'move')];
    const spent = healed({ [API]: 'xxx' }, { heals });
    expect(spent.decisions).toEqual([]);
    expect(spent.notes).toEqual([
      { incident: spent.open[0]?.id, text: 'nothing more is done for service/api today: 3 actions of 3 used' },
    ]);
    const told = spent.open.map((incident) => ({
      ...incident,
      timeline: [...incident.timeline, { at: time(2), text: spent.notes[0]?.text ?? '' }],
    }));
    expect(healed({ [API]: 'xxx' }, { heals, open: told }).notes).toEqual([]);
    const yesterday = [did(-290, 'restart'), ...heals.slice(1)];
    expect(healed({ [API]: 'xxx' }, { heals: yesterday }).decisions).toHaveLength(1);
  });

  test('is left alone where it holds data, in a maintenance window, while it flaps, and when another explains it', () => {
    expect(healed({ 'database/main@render': 'xxx' }).decisions).toEqual([]);
    const { open } = healed({ [API]: 'xxx' });
    const muted = open.map((incident): Incident => ({ ...incident, muted: 'maintenance: upgrade' }));
    expect(healed({ [API]: 'xxx' }, { open: muted }).decisions).toEqual([]);
    const labelled = open.map((incident): Incident => ({ ...incident, muted: 'by label' }));
    expect(healed({ [API]: 'xxx' }, { open: labelled }).decisions).toHaveLength(1);
    expect(healed({ [API]: '.x.x.x.x.x' }).decisions).toEqual([]);
    const dependsOn = { 'service/api': ['service/deep'] } as never;
    expect(acts(healed({ [API]: 'xxx', 'service/deep@netlify': 'xxx' }, { dependsOn }).decisions)).toEqual([
      'service/deep restart netlify',
    ]);
  });
});

describe('a move', () => {
  const move = { policy: { steps: ['move'] as HealPolicy['steps'] } };

  test('goes to the best account that is allowed, well, and not avoided', () => {
    const to = (situation: Situation) => acts(healed({ [API]: 'xxx' }, { ...move, ...situation }).decisions);
    expect(to({})).toEqual(['service/api move render fly']);
    expect(to({ policy: { ...move.policy, to: ['koyeb'] } })).toEqual(['service/api move render koyeb']);
    const avoid = {
      'service/api': [{ provider: 'fly', since: time(0), because: '', incident: '', back: 'manual' }],
    } as const;
    expect(to({ avoid: avoid as never })).toEqual(['service/api move render koyeb']);
    expect(to({ room: { fly: 0 } })).toEqual(['service/api move render koyeb']);
  });

  test('is not made where nobody can take it, and says why', () => {
    const why = (situation: Situation) => healed({ [API]: 'xxx' }, { ...move, ...situation }).notes[0]?.text;
    expect(why({ alternatives: ['render'] })).toBe('service/api stays at render: no other account may run it');
    expect(why({ room: { fly: 0, koyeb: 0 } })).toBe('service/api stays at render: no room is left at fly, koyeb');
    const { input } = healed({ [API]: 'xxx' });
    const breakers = { fly: { failures: 5, until: time(9) }, koyeb: { failures: 5, until: time(9) } };
    const health = { ...input.health, breakers };
    expect(why({ health })).toBe('service/api stays at render: no other account is well');
  });

  test('that was recorded and not carried out is told, and not decided again', () => {
    const avoid = {
      'service/api': [{ provider: 'render', since: time(1), because: '', incident: '', back: 'manual' }],
    } as never;
    const heals: Heal[] = [{ at: time(1), resource: 'service/api', action: 'move', from: 'render', incident: '' }];
    expect(healed({ [API]: 'xxx' }, { ...move, avoid, heals })).toMatchObject({
      unfinished: ['service/api'],
      decisions: [],
    });
    expect(
      healed({ [API]: 'xxx' }, { ...move, avoid, heals: [did(1, 'move', { result: 'failed' })] }).unfinished,
    ).toEqual([]);
  });

  test('is the same when the run is computed again on what it has recorded', () => {
    const once = healed({ [API]: 'xxx' }, move);
    const [decision] = once.decisions as [Decision];
    const recorded = {
      heals: [did(2, 'move', { incident: decision.incident })],
      avoid: { 'service/api': [decision.avoid] } as never,
    };
    expect(healed({ [API]: 'xxx' }, { ...move, ...recorded }).decisions).toEqual(once.decisions);
  });
});

describe('an outage of a provider', () => {
  const rows: Record<InstanceId, string> = {
    'service/a@netlify': 'xxx',
    'service/b@netlify': 'xxxx',
    'service/c@netlify': 'xxxx',
    'site/web@vercel': 'xxxx',
  };
  const dependsOn = { 'site/web': ['service/c'] } as never;

  test('is one wave of moves, the hardest hit first, without restarts', () => {
    const { decisions } = healed(rows, { dependsOn });
    expect(acts(decisions)).toEqual([
      'service/c move netlify render',
      'service/b move netlify render',
      'service/a move netlify render',
    ]);
    expect(new Set(decisions.map(({ incident }) => incident)).size).toBe(1);
  });

  test('goes as far as the others have room', () => {
    const { decisions, notes } = healed(rows, { dependsOn, room: { render: 1, fly: 1, koyeb: 0 } });
    expect(acts(decisions)).toEqual(['service/c move netlify render', 'service/b move netlify fly']);
    expect(notes.map(({ text }) => text)).toEqual([
      'service/a stays at netlify: no room is left at render, fly, koyeb',
    ]);
  });

  test('leaves alone what may only be restarted', () => {
    expect(healed(rows, { dependsOn, policy: { steps: ['restart'] } })).toMatchObject({ decisions: [], notes: [] });
  });
});

describe('going back', () => {
  const left = (back: 'auto' | 'manual', more: object = {}) =>
    ({
      'service/api': [
        { provider: 'render', since: time(-40), because: '', incident: 'gone', back },
        // What the same move was not allowed to go to.
        { provider: 'koyeb', since: time(-40), because: '', incident: 'gone', back, ...more },
      ],
    }) as HealthState['avoid'];
  const well = { 'service/api@fly': '.'.repeat(12) } as const;

  test('happens when the provider has been well for long', () => {
    const { decisions, lifted } = healed(well, { avoid: left('auto') });
    expect(acts(decisions)).toEqual(['service/api return fly render']);
    expect(decisions[0]?.because).toBe('service/api returns to render: render has been well for 55 min; 1 of 3 today');
    expect(lifted.map(({ resource, provider }) => `${resource} ${provider}`)).toEqual([
      'service/api render',
      'service/api koyeb',
    ]);
  });

  test.each<[string, Record<InstanceId, string>, Situation]>([
    ['it is for people to say', well, { avoid: left('manual') }],
    ['the provider has not been well for long enough', { 'service/api@fly': '....' }, { avoid: left('auto') }],
    [
      'the resource itself is out of health',
      { 'service/api@fly': `${'.'.repeat(9)}xxx` },
      { avoid: left('auto'), policy: { after: 9 } },
    ],
    ['its budget is spent', well, { avoid: left('auto'), heals: [did(-30, 'move')], policy: { budget: 1 } }],
    [
      'it has not cooled down',
      well,
      { avoid: left('auto'), heals: [did(5, 'restart')], policy: { coolDownSeconds: 3000 } },
    ],
  ])('does not when %s', (_, rows, situation) => {
    expect(healed(rows, situation)).toMatchObject({ decisions: [], lifted: [] });
  });

  test('does not while the incident is open, or the provider has a circuit open', () => {
    const { input } = healed(well, { avoid: left('auto') });
    const open = [{ id: 'gone', kind: 'provider', subject: 'provider/render', resources: [], timeline: [] }] as never;
    expect(heal({ ...input, open })).toMatchObject({ decisions: [], lifted: [] });
    const health = { ...input.health, breakers: { render: { failures: 5, until: time(99) } } };
    expect(heal({ ...input, health })).toMatchObject({ decisions: [], lifted: [] });
  });

  test('what left the config is avoided by nobody', () => {
    const avoid = {
      'service/old': [{ provider: 'render', since: time(0), because: '', incident: '', back: 'manual' }],
    } as never;
    expect(healed(well, { avoid }).lifted).toEqual([
      { resource: 'service/old', provider: 'render', because: 'it left the config' },
    ]);
  });
});
