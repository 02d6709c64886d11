import { describe, expect, test } from 'vitest';
import type { Incident } from '../../src/model/incident.ts';
import { factsOf, judge, type Branch } from './run-week.ts';
import { EVERY, simulatedWeek, type Outage, type Week } from './simulated-week.ts';

/** The whole week, run by run, each knowing only what an earlier one committed. */
function live(week: Week) {
  const known = { targets: week.targets, facts: factsOf(week) };
  let branch: Branch = { health: undefined, open: [] };
  const opened: Incident[] = [];
  const closed: Incident[] = [];
  let commits = 0;
  let suspicions = 0;
  for (const [index, run] of week.runs.entries()) {
    const judged = judge(branch, run, known);
    if (judged.selfSuspect) suspicions += 1;
    if (!judged.written) continue;
    commits += 1;
    opened.push(...judged.opened);
    closed.push(...judged.closed);
    branch = { health: judged.health, open: judged.open };
    // The commit landed and its answer was lost: the run judges again, on its own result.
    if (index % 10 > 0) continue;
    const again = judge(branch, run, known);
    expect({ ...again, health: again.health }).toMatchObject({ written: false, opened: [], updated: [], closed: [] });
    expect(again.health).toEqual(branch.health);
  }
  return { branch, opened, closed, commits, suspicions };
}

const isAbout = ({ subject, from, to }: Outage, incident: Incident): boolean =>
  incident.subject === subject && Date.parse(incident.began) >= from && Date.parse(incident.began) < to;

describe('a week of runs', () => {
  const week = simulatedWeek(1);
  const { branch, opened, closed, commits, suspicions } = live(week);

  test('every outage is one incident, and nothing else is', () => {
    const told = opened.map(({ kind, subject, began }) => `${began} ${kind} ${subject}`);
    const falseAlarms = opened.filter((incident) => !week.outages.some((outage) => isAbout(outage, incident)));
    const missed = week.outages.filter((outage) => !opened.some((incident) => isAbout(outage, incident)));
    expect({ falseAlarms: falseAlarms.map(({ id }) => id), missed: missed.map(({ subject }) => subject) }).toEqual({
      falseAlarms: [],
      missed: [],
    });
    expect(told).toHaveLength(week.outages.length);
    expect(new Set(opened.map(({ id }) => id)).size).toBe(opened.length);
  });

  test('each is closed, and says from when to when', () => {
    expect(branch.open).toEqual([]);
    expect(closed.map(({ id }) => id).toSorted()).toEqual(opened.map(({ id }) => id).toSorted());
    for (const incident of closed) {
      const outage = week.outages.find((one) => isAbout(one, incident)) as Outage;
      const recovered = Date.parse(incident.recovered as string);
      // The last row of good runs of a ragged one may have begun before it was over for good.
      expect(recovered).toBeGreaterThanOrEqual(outage.to - (outage.ragged ? 3 * EVERY : 0));
      expect(recovered - outage.to).toBeLessThan(4 * EVERY);
      expect(incident.partOf).toBeUndefined();
    }
  });

  test('what depends on it, and what is part of it, is listed', () => {
    for (const incident of closed) {
      const outage = week.outages.find((one) => isAbout(one, incident)) as Outage;
      expect(new Set([...incident.resources, ...incident.dependants])).toEqual(outage.resources);
    }
  });

  test('a run without a network of its own counts nothing', () => {
    expect(suspicions).toBe(1);
  });

  test('commits are few: one an hour, and those of runs that found something', () => {
    console.log(
      `a week: ${week.runs.length} runs, ${week.skipped} left out, ${opened.length} incidents, ${commits} commits, ${week.runs.length + commits} requests, ${week.wakes} wake-ups`,
    );
    expect(commits).toBeLessThan(168 + 2 * week.blips + 250);
  });
});
