import { describe, expect, test } from 'vitest';
import type { HealthState } from '../../src/model/health.ts';
import { factsOf, judge, type Branch } from './run-week.ts';
import { chance, simulatedWeek } from './simulated-week.ts';

const week = simulatedWeek(7);
const known = { targets: week.targets, facts: factsOf(week) };
const shuffled = <T>(list: readonly T[], random: () => number): T[] =>
  list
    .map((item) => [random(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
/** The runs around an outage of a provider, the busiest there are. */
const begin = week.runs.findIndex(({ now }) => Date.parse(now) > (week.outages[2]?.from ?? 0)) - 12;
const runs = week.runs.slice(begin, begin + 50);
/** What each of those runs found on the branch, and what it made of it. */
function branches(): { branch: Branch; run: (typeof runs)[number] }[] {
  let branch: Branch = { health: undefined, open: [] };
  return runs.map((run) => {
    const found = { branch, run };
    const judged = judge(branch, run, known);
    if (judged.written) branch = { health: judged.health, open: judged.open };
    return found;
  });
}

describe('what a run makes of what it found', () => {
  const all = branches();

  test('has incidents in it', () => {
    expect(all.flatMap(({ branch }) => branch.open).length).toBeGreaterThan(5);
  });

  test('does not depend on the order of anything', () => {
    const random = chance(3);
    for (const { branch, run } of all) {
      const health: HealthState | undefined = branch.health && {
        ...branch.health,
        instances: Object.fromEntries(shuffled(Object.entries(branch.health.instances), random)),
      };
      const mixed = judge(
        { health, open: shuffled(branch.open, random) },
        { now: run.now, samples: shuffled(run.samples, random) },
        { targets: shuffled(known.targets, random), facts: new Map(shuffled([...known.facts], random)) },
      );
      expect(JSON.stringify(mixed)).toBe(JSON.stringify(judge(branch, run, known)));
    }
  });

  test('is made once: on its own result it changes nothing', () => {
    for (const { branch, run } of all) {
      const once = judge(branch, run, known);
      const twice = judge({ health: once.health, open: once.open }, run, known);
      expect(twice).toMatchObject({ opened: [], updated: [], closed: [], written: false });
      expect(twice.health).toEqual(once.health);
      expect(twice.open).toEqual(once.open);
    }
  });

  test('is lost with a run that dies, and found by the next, under the same name', () => {
    const opening = all.filter(({ branch, run }) => judge(branch, run, known).opened.length > 0);
    expect(opening.length).toBeGreaterThan(0);
    for (const { branch, run } of opening) {
      const lost = judge(branch, run, known);
      const next = runs[runs.indexOf(run) + 1] as (typeof runs)[number];
      const found = judge(branch, next, known);
      expect(found.opened.map(({ id }) => id)).toEqual(lost.opened.map(({ id }) => id));
    }
  });

  test('is the same incident for two runs at once: the one that comes second finds it open', () => {
    for (const { branch, run } of all) {
      const first = judge(branch, run, known);
      const seconds = (iso: string) => new Date(Date.parse(iso) + 7000).toISOString();
      const rival = { now: seconds(run.now), samples: run.samples.map((one) => ({ ...one, at: seconds(one.at) })) };
      const second = judge({ health: first.health, open: first.open }, rival, known);
      expect(second.opened).toEqual([]);
      expect(second.closed).toEqual([]);
      expect(second.open.map(({ id }) => id)).toEqual(first.open.map(({ id }) => id));
    }
  });

  test('leaves what it was given as it was', () => {
    const { branch, run } = all.at(-1) as (typeof all)[number];
    const before = structuredClone({ branch, run });
    judge(branch, run, known);
    expect({ branch, run }).toEqual(before);
  });
});
