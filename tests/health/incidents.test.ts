import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/health/evaluate.ts';
import { incidentId } from '../../src/health/incident-file.ts';
import { incidents } from '../../src/health/incidents.ts';
import { note } from '../../src/health/timeline.ts';
import type { InstanceId } from '../../src/model/graph.ts';
import type { HealthState, HttpCheck } from '../../src/model/health.ts';
import type { Incident, Maintenance } from '../../src/model/incident.ts';
import { EVERY, last, target, tell, time, type Told } from './story.ts';

const API = 'service/api@render';
/** Well all the time, so that neither the prober nor a provider is suspected. */
const calm = (length: number): Record<InstanceId, string> => ({
  'site/calm@vercel': '.'.repeat(length),
  'service/calm-1@render': '.'.repeat(length),
  'service/calm-2@render': '.'.repeat(length),
  'service/calm-3@render': '.'.repeat(length),
});
const story = (rows: Record<InstanceId, string>, telling: Parameters<typeof tell>[1] = {}) =>
  tell({ ...calm(Math.max(...Object.values(rows).map(({ length }) => length))), ...rows }, telling);
const opened = (told: readonly Told[]) => told.flatMap((run) => run.opened);
const closed = (told: readonly Told[]) => told.flatMap((run) => run.closed);
const subjects = (list: readonly Incident[]) => list.map(({ kind, subject }) => `${kind} ${subject}`);
const lines = ({ timeline }: Incident) => timeline.map(({ at, text }) => `${at.slice(11, 16)} ${text}`);

describe('one resource', () => {
  const told = story({ [API]: '..xxxx..' });

  test('has one incident, from the first failed probe to the first good one', () => {
    expect(opened(told)).toHaveLength(1);
    expect(closed(told)).toHaveLength(1);
    expect(closed(told)[0]).toMatchObject({
      id: '2026-11-21T10-10-00Z-down-service-api',
      kind: 'down',
      subject: 'service/api',
      title: 'service/api is down at render',
      cause: 'HTTP 503',
      began: time(2),
      opened: time(4),
      recovered: time(6),
      closed: time(7),
      resources: ['service/api'],
      failedProbes: 4,
      issue: null,
    });
  });

  test('tells what happened', () => {
    expect(lines(closed(told)[0] as Incident)).toEqual([
      '10:10 HTTP 503',
      '10:20 confirmed: 3 failed runs in a row',
      '10:35 well again after 20 min',
    ]);
  });

  test('blips, wake-ups and holes open nothing', () => {
    const hole = '-'.repeat(10);
    const rows = { [API]: `.x.w.xx${hole}xx.w..x.` };
    const calm = { 'site/calm@vercel': rows[API].replaceAll(/[^-]/g, '.') } as const;
    expect(opened(tell({ ...rows, ...calm }))).toEqual([]);
  });

  test('one that goes up and down keeps its one incident until it is stable', () => {
    const told = story({ [API]: 'x.xxx.xxx..x.x..x........' });
    expect(subjects(opened(told))).toEqual(['down service/api']);
    expect(closed(told)).toHaveLength(1);
    const [incident] = closed(told) as [Incident];
    expect(incident.title).toBe('service/api goes up and down at render');
    expect(incident.recovered).toBe(time(17));
  });

  test('one that leaves the config is closed without a recovery', () => {
    const told = story({ [API]: 'xxx' });
    const targets = last(told).open.length > 0 ? [target('site/calm@vercel')] : [];
    const [end] = tell({ 'site/calm@vercel': '.' }, { targets, before: last(told), from: 3 }) as [Told];
    expect(end.closed).toMatchObject([{ closed: time(3) }]);
    expect(end.closed[0]).not.toHaveProperty('recovered');
  });

  test('one that moved is over when its new place has answered well for long enough', () => {
    const told = story({ [API]: 'xxx' });
    const moved = target('service/api@fly');
    const after = tell({ 'service/api@fly': '..' }, { targets: [moved], before: last(told), from: 3 });
    expect(after.map(({ open }) => open.length)).toEqual([1, 0]);
    expect(last(after).closed[0]).toMatchObject({ recovered: time(3), closed: time(4) });
  });

  test('what a move left behind at a dead provider does not keep it open', () => {
    const told = story({ [API]: 'xxx' });
    const { health, open } = last(told);
    const avoidance = { provider: 'render', since: time(2), because: '', incident: '', back: 'manual' } as const;
    const before = { health: { ...health, avoid: { 'service/api': [avoidance] } as HealthState['avoid'] }, open };
    const after = story({ [API]: 'xx', 'service/api@fly': '..' }, { before, from: 3 });
    expect(closed(after)).toMatchObject([{ subject: 'service/api', recovered: time(3) }]);
    expect(last(after).open).toEqual([]);
  });
});

describe('dependants', () => {
  const dependsOn = {
    'site/web': ['service/api'],
    'service/api': ['database/main'],
    'service/cron': ['database/main'],
  } as const;
  const links = { dependsOn: dependsOn as never };

  test('are listed with what they depend on', () => {
    const told = story({ [API]: '.xxxx...', 'site/web@netlify': '.xxxx...' }, links);
    expect(subjects(opened(told))).toEqual(['down service/api']);
    expect(closed(told)[0]?.dependants).toEqual(['site/web']);
    expect(lines(closed(told)[0] as Incident)).toContain('10:15 site/web depends on it and is down too');
  });

  test('wait for what they depend on, when that has only begun to fail', () => {
    const targets = [target(API, { failAfter: 4 }), target('site/web@netlify', { failAfter: 2 })];
    const told = tell({ [API]: '.xxxxx...', 'site/web@netlify': '.xxxxx...' }, { ...links, targets });
    expect(subjects(opened(told))).toEqual(['down service/api']);
  });

  test('are found through what nobody probes', () => {
    const nested = { ...dependsOn, 'site/web': ['job/build'], 'job/build': ['service/api'] };
    const told = story({ [API]: 'xxxx', 'site/web@netlify': 'xxxx' }, { dependsOn: nested as never });
    expect(last(told).open).toMatchObject([{ subject: 'service/api', dependants: ['site/web'] }]);
  });

  test('that share a dependency which is not out of health have causes of their own', () => {
    const told = story({ [API]: 'xxx', 'service/cron@netlify': 'xxx' }, links);
    expect(subjects(opened(told))).toEqual(['down service/api', 'down service/cron']);
  });

  test('that come back a little later open nothing; those that do not, open their own', () => {
    const soon = story({ [API]: 'xxxx......', 'site/web@netlify': 'xxxxxxx...' }, links);
    expect(subjects(opened(soon))).toEqual(['down service/api']);
    expect(closed(soon)).toMatchObject([{ recovered: time(4), closed: time(8) }]);
    const never = story({ [API]: 'xxxx' + '.'.repeat(10), 'site/web@netlify': 'x'.repeat(14) }, links);
    expect(subjects(opened(never))).toEqual(['down service/api', 'down site/web']);
    expect(last(never).open).toMatchObject([{ subject: 'site/web', began: closed(never)[0]?.closed }]);
  });
});

describe('an outage of a provider', () => {
  const fleet = (row: string) => ({
    'service/a@fly': row,
    'service/b@fly': row,
    'service/c@fly': row,
    'service/d@fly': '.'.repeat(row.length),
  });

  test('is one incident', () => {
    const told = story(fleet('.xxxx..'));
    expect(subjects(opened(told))).toEqual(['provider provider/fly']);
    expect(closed(told)).toMatchObject([
      {
        id: '2026-11-21T10-05-00Z-provider-provider-fly',
        title: 'Outage at fly: 3 resources',
        resources: ['service/a', 'service/b', 'service/c'],
        began: time(1),
        recovered: time(5),
        failedProbes: 12,
      },
    ]);
  });

  test('counts suspects that began with those that are down', () => {
    const targets = ['service/a@fly', 'service/b@fly', 'service/c@fly'].map((id, index) =>
      target(id as InstanceId, { failAfter: index === 0 ? 1 : 3 }),
    );
    const rows = { 'service/a@fly': '.xxx', 'service/b@fly': '.xxx', 'service/c@fly': '.xxx' };
    const told = tell(
      { ...calm(4), ...rows },
      { targets: [...targets, ...Object.keys(calm(4)).map((id) => target(id as InstanceId))] },
    );
    expect(subjects(opened(told))).toEqual(['provider provider/fly']);
    expect(last(told).open[0]?.resources).toEqual(['service/a', 'service/b', 'service/c']);
  });

  test('takes over the incident of one that went down before the others', () => {
    const told = story({ ...fleet('.......xxxx...'), 'service/a@fly': '.xxxxxxxxxx...' });
    expect(subjects(opened(told))).toEqual(['down service/a', 'provider provider/fly']);
    const [part, whole] = closed(told) as [Incident, Incident];
    expect(part).toMatchObject({ subject: 'service/a', partOf: whole.id, closed: time(8) });
    expect(part).not.toHaveProperty('recovered');
    expect(last(part.timeline).text).toBe('part of an outage of fly: it goes on there');
  });

  test('is none when it is two of many', () => {
    const told = story({
      'service/calm-1@render': 'xxx',
      'service/calm-2@render': 'xxx',
      [API]: '...',
      'service/b@render': '...',
    });
    expect(subjects(opened(told))).toEqual(['down service/calm-1', 'down service/calm-2']);
  });

  test('goes on while what was moved away from it is still out of health there', () => {
    const { health, open } = last(story(fleet('xxxx')));
    const left = [{ provider: 'fly', since: time(3), because: '', incident: '', back: 'auto' }];
    const avoid = { 'service/a': left, 'service/b': left, 'service/c': left } as HealthState['avoid'];
    const before = { health: { ...health, avoid }, open };
    const rows = { 'service/a@netlify': '......', 'service/b@netlify': '......', 'service/c@netlify': '......' };
    const told = story({ ...fleet('xxx...'), ...rows }, { before, from: 4 });
    expect(told.map(({ open }) => open.length)).toEqual([1, 1, 1, 1, 0, 0]);
    expect(opened(told)).toEqual([]);
  });

  test('is none when one of them explains the others', () => {
    const told = story(fleet('.xxxx..'), {
      dependsOn: { 'service/b': ['service/a'], 'service/c': ['service/a'] } as never,
    });
    expect(subjects(opened(told))).toEqual(['down service/a']);
  });

  test('is none when it is one of two that was out long before', () => {
    const row = 'x'.repeat(30);
    const told = story({ 'service/a@fly': row, 'service/b@fly': `${'.'.repeat(24)}xxxxxx` });
    expect(subjects(opened(told))).toEqual(['down service/a', 'down service/b']);
  });

  test('ends when the others have long been well; what is left has an incident of its own', () => {
    const told = story({ ...fleet(`xxxx${'.'.repeat(12)}`), 'service/a@fly': 'x'.repeat(16) });
    expect(subjects(opened(told))).toEqual(['provider provider/fly', 'down service/a']);
    expect(last(told).open).toMatchObject([{ subject: 'service/a', began: closed(told)[0]?.closed }]);
    expect(new Set(opened(told).map(({ id }) => id)).size).toBe(2);
  });

  test('lists those that depend on its resources elsewhere', () => {
    const told = story(
      { ...fleet('xxxx'), 'site/web@vercel': 'xxxx' },
      { dependsOn: { 'site/web': ['service/b'] } as never },
    );
    expect(last(told).open).toMatchObject([{ subject: 'provider/fly', dependants: ['site/web'] }]);
  });
});

describe('other kinds', () => {
  const at = (run: number, more: Partial<Parameters<typeof incidents>[0]>, open: Incident[] = []) =>
    incidents({
      environment: 'production',
      evaluation: { health: last(tell(calm(1))).health, turned: [], failed: [] },
      targets: [],
      facts: new Map(),
      open,
      maintenance: [],
      now: time(run),
      ...more,
    });

  test('a certificate that ends soon, until it is renewed', () => {
    const expiring = (run: number, certificateExpires: string) => {
      const sample = { instance: API, at: time(run), ok: true, milliseconds: 9, tries: 1, certificateExpires } as const;
      const input = { before: undefined, samples: [sample], now: time(run), schedule: { every: EVERY } };
      return { evaluation: evaluate({ ...input, targets: [target(API)] }), targets: [target(API)] };
    };
    const soon = at(0, expiring(0, '2026-12-01T00:00:00Z'));
    expect(soon.opened).toMatchObject([
      { kind: 'certificate', title: 'The certificate of service/api ends on 2026-12-01' },
    ]);
    expect(soon.opened[0]?.timeline.at(-1)?.text).toBe('9 days left');
    expect(at(1, expiring(1, '2026-12-01T00:00:00Z'), soon.open)).toMatchObject({
      opened: [],
      updated: [],
      closed: [],
    });
    expect(at(2, expiring(2, '2027-02-01T00:00:00Z'), soon.open).closed).toMatchObject([{ recovered: time(2) }]);
    const check = { ...(target(API).check as HttpCheck), certificateDays: 3 };
    expect(at(2, { ...expiring(2, '2026-12-01T00:00:00Z'), targets: [target(API, { check })] }).opened).toEqual([]);
  });

  test('a certificate of our own authority that ends soon, until it is replaced', () => {
    const client = (expires: string) => ({
      certificates: [{ name: 'client', of: 'the client', expires, mend: 'flotilla certificate rotate client' }],
    });
    expect(at(0, client('2026-12-05T10:00:00Z')).opened).toEqual([]);
    const soon = at(0, client('2026-12-05T09:00:00Z'));
    expect(soon.opened).toMatchObject([
      {
        id: '2026-11-21T09-00-00Z-certificate-certificate-client',
        subject: 'certificate/client',
        title: 'The certificate of the client ends on 2026-12-05',
        cause: 'it was not replaced: flotilla certificate rotate client',
      },
    ]);
    expect(soon.opened[0]?.timeline.at(-1)?.text).toBe('13 days left');
    // Nothing is known of it, or it is as before.
    for (const look of [{}, client('2026-12-05T09:00:00Z')])
      expect(at(1, look, soon.open)).toMatchObject({ open: soon.open, opened: [], updated: [], closed: [] });
    expect(at(2, client('2027-02-19T09:00:00Z'), soon.open).closed).toMatchObject([{ recovered: time(2) }]);
    expect(at(2, { certificates: [] }, soon.open).closed[0]?.timeline.at(-1)?.text).toContain('no such certificate');
    expect(at(2, client('2026-11-20T09:00:00Z')).opened[0]?.timeline.at(-1)?.text).toBe('it has ended');
  });

  test('a job that did not report, until it does', () => {
    const job = target('job/nightly@local', { check: { kind: 'heartbeat', withinSeconds: 3600 } });
    const look = (run: number, beat: number, open: Incident[]) => {
      const first = { ...last(tell(calm(1))).health, beats: { 'job/nightly': time(beat) } } as const;
      const evaluation = evaluate({
        before: first,
        samples: [],
        targets: [job],
        now: time(run),
        schedule: { every: EVERY },
      });
      return at(run, { evaluation, targets: [job] }, open);
    };
    const late = look(14, 1, []);
    expect(late.opened).toMatchObject([
      { kind: 'heartbeat', began: time(13), title: 'job/nightly has not reported within 1 h' },
    ]);
    expect(look(15, 1, late.open)).toMatchObject({ opened: [], updated: [], closed: [] });
    expect(look(17, 16, late.open).closed).toMatchObject([{ recovered: time(16) }]);
  });

  test('drift, with the differences, until it is as recorded', () => {
    const found = (lines: string[]) => ({
      drift: {
        checked: new Set(['service/api'] as const),
        findings: [{ resource: 'service/api', provider: 'render', lines }],
      },
    });
    const drifted = at(0, found(['- env.LEVEL: info', '+ env.LEVEL: debug']) as never);
    expect(drifted.opened).toMatchObject([
      { kind: 'drift', title: 'service/api was changed at render', cause: '- env.LEVEL: info; + env.LEVEL: debug' },
    ]);
    expect(at(1, found(['- env.LEVEL: info', '+ env.LEVEL: debug']) as never, drifted.open).updated).toEqual([]);
    const gone = at(1, found([]) as never, drifted.open);
    expect(gone.updated).toMatchObject([
      { title: 'service/api was deleted at render', cause: 'it is gone from render' },
    ]);
    expect(at(2, {}, drifted.open).open).toHaveLength(1);
    expect(at(2, { drift: { checked: new Set(), findings: [] } }, drifted.open).open).toHaveLength(1);
    expect(at(2, { drift: { checked: new Set(['service/api']), findings: [] } }, drifted.open).closed).toHaveLength(1);
  });
});

describe('muting', () => {
  const window = (from: number, to: number, resources: Maintenance['resources'] = []): Maintenance => ({
    from: time(from),
    to: time(to),
    resources,
    reason: 'database upgrade',
  });

  test('in a maintenance window it is recorded and muted, and no longer when that is over', () => {
    const told = story({ [API]: 'xxxxxx' }, { maintenance: [window(0, 4)] });
    expect(told[2]?.opened[0]?.muted).toBe('maintenance: database upgrade');
    expect(told[4]?.updated).toHaveLength(1);
    expect(last(told).open[0]).not.toHaveProperty('muted');
    expect(lines(last(told).open[0] as Incident)).toContain('10:20 no longer muted');
  });

  test('a window of other resources mutes nothing', () => {
    const told = story({ [API]: 'xxx' }, { maintenance: [window(0, 9, ['site/web'])] });
    expect(last(told).open[0]).not.toHaveProperty('muted');
  });

  test('a label mutes, and a run that cannot see labels leaves that as it is', () => {
    const { health, open } = last(story({ [API]: 'xxx' }));
    const { id } = open[0] as Incident;
    const muted = last(story({ [API]: 'x' }, { before: { health, open }, from: 3, muted: new Set([id]) }));
    expect(muted.open[0]?.muted).toBe('by label');
    const blind = last(story({ [API]: 'x' }, { before: muted, from: 4 }));
    expect(blind.open[0]?.muted).toBe('by label');
    const unmuted = last(story({ [API]: 'x' }, { before: blind, from: 5, muted: new Set() }));
    expect(unmuted.open[0]).not.toHaveProperty('muted');
  });
});

describe('timelines and names', () => {
  test('a timeline is at most 50 moments long: its beginning and its end', () => {
    let incident = opened(story({ [API]: 'xxx' }))[0] as Incident;
    for (let index = 0; index < 120; index++) incident = note(incident, time(index + 3), `moment ${index}`);
    expect(incident.timeline).toHaveLength(50);
    expect(incident.timeline[1]?.text).toBe('confirmed: 3 failed runs in a row');
    expect(incident.timeline[10]?.text).toBe('(moments between these are left out)');
    expect(incident.timeline.filter(({ text }) => text.startsWith('('))).toHaveLength(1);
    expect(last(incident.timeline).text).toBe('moment 119');
  });

  test('the same moment is not told twice', () => {
    const incident = opened(story({ [API]: 'xxx' }))[0] as Incident;
    const once = note(incident, time(3), 'restarted');
    expect(note(once, time(3), 'restarted')).toBe(once);
  });

  test('an id is a name that every file system takes', () => {
    expect(incidentId('2026-11-21T10:10:00.123Z', 'down', 'domain/*.acme.dev')).toBe(
      '2026-11-21T10-10-00Z-down-domain--.acme.dev',
    );
  });
});
