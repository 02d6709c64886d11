/** Many applies at once: each gets its turn, and nobody's work or word is lost. */
import { describe, expect, test } from 'vitest';
import { apply, history, openLocal, publishApply, type Event, type Outcome } from '../../src/index.ts';
import { startCloud, type Cloud } from '../../src/providers/sandbox/fake.ts';
import { Workplace } from '../surfaces/cli-fixture.ts';
import { duplicates } from '../crash/fleet.ts';
import { fastClock, proofWorld, requestFor } from './world.ts';

const MANY = 20;
const numbers = Array.from({ length: MANY }, (_, n) => n);

/** A database, a service on it, and what tells one apply from another. */
const fleet = (endpoint: string, mark: string, environments: string[] = ['production']) => `fleet: crowd
environments:
${environments.map((name) => `  ${name}: {}`).join('\n')}
providers:
  sandbox: { endpoint: "${endpoint}" }
databases:
  main: { engine: postgres }
services:
  api: { source: { image: nginx }, env: { MARK: "${mark}", DB: "\${database.main.url}" } }
`;

/** What is wrong with a journal: every apply must have begun once, ended once and well, and told of each of its steps. */
function journalFaults(events: Event[], runs: string[]): string[] {
  const ids = events.map(({ id }) => id);
  return [
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${id} is there twice`),
    ...runs.flatMap((run) => {
      const of = (kind: Event['kind']) => events.filter((event) => event.run === run && event.kind === kind);
      const ended = of('apply.finished').filter(({ message }) => message === 'succeeded').length;
      const [started, intended, done] = [of('apply.started'), of('step.intended'), of('step.succeeded')];
      const told = `${run}: ${started.length} started, ${ended} ended, ${intended.length} intended, ${done.length} done`;
      return started.length === 1 && ended === 1 && intended.length > 0 && done.length === intended.length
        ? []
        : [told];
    }),
  ];
}

/** Applies of one environment must never overlap: in the journal they stand one after the other. */
function overlaps(events: Event[]): string[] {
  let holder: string | undefined;
  return events.flatMap(({ kind, run, id }) => {
    if (kind === 'apply.started') {
      const before = holder;
      holder = run;
      return before === undefined ? [] : [`${id} while ${before} was at it`];
    }
    const wrong = holder === run ? [] : [`${id} although ${holder} was at it`];
    if (kind === 'apply.finished') holder = undefined;
    return wrong;
  });
}

function expectOneOfEach(cloud: Cloud, count: number): void {
  expect(duplicates(cloud)).toEqual([]);
  expect(cloud.resources.size).toBe(count);
}

const eventsOf = (text: string | undefined): Event[] =>
  (text ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event);
const journal = (environment: string, at: Date) => `${environment}/events/${at.toISOString().slice(0, 7)}.ndjson`;

describe('GitHub', () => {
  test(`${MANY} applies of one environment`, async () => {
    const clock = fastClock();
    await using world = await proofWorld({ clock });
    const commits: string[] = [];
    for (const n of numbers) commits.push(await world.push({ 'flotilla.yml': fleet(world.cloud.url, `mark-${n}`) }));
    const published = await Promise.all(
      commits.map((commit, n) => {
        const { ports, target } = world.open(100 + n);
        return publishApply(requestFor({ commit }), ports, target);
      }),
    );
    expect(published.map(({ outcome, error }) => outcome?.result ?? error)).toEqual(numbers.map(() => 'succeeded'));
    expectOneOfEach(world.cloud, 2);
    const events = eventsOf(await world.state(journal('production', clock.now())));
    expect(
      journalFaults(
        events,
        numbers.map((n) => `github:${100 + n}/1`),
      ),
    ).toEqual([]);
    expect(overlaps(events)).toEqual([]);
    // The provider has what the last one wanted.
    const last = events.at(-1)?.commit;
    const service = [...world.cloud.resources.values()].find(({ kind }) => kind === 'service');
    const marks = service?.deployments.map(({ values }) => values['MARK']);
    expect(marks).toHaveLength(MANY);
    expect(marks?.at(-1)).toBe(`mark-${commits.indexOf(last ?? '')}`);
    const { lease } = JSON.parse((await world.state('production/environment.json')) ?? '{}') as { lease: unknown };
    expect(lease).toBeNull();
    const checks = [...([...world.github.state.repositories.values()][0]?.checks.values() ?? [])];
    expect(checks.map(({ status, conclusion }) => `${status} ${conclusion}`)).toEqual(
      numbers.map(() => 'completed success'),
    );
  });

  test(`${MANY} applies of ${MANY} environments`, async () => {
    const clock = fastClock();
    await using world = await proofWorld({ clock });
    const environments = numbers.map((n) => `stage-${n}`);
    const commit = await world.push({ 'flotilla.yml': fleet(world.cloud.url, 'same', environments) });
    const published = await Promise.all(
      environments.map((environment, n) => {
        const { ports, target } = world.open(200 + n);
        return publishApply(requestFor({ commit, environment }), ports, target);
      }),
    );
    expect(published.map(({ outcome, error }) => outcome?.result ?? error)).toEqual(numbers.map(() => 'succeeded'));
    expectOneOfEach(world.cloud, 2 * MANY);
    for (const [n, environment] of environments.entries())
      expect(
        journalFaults(eventsOf(await world.state(journal(environment, clock.now()))), [`github:${200 + n}/1`]),
      ).toEqual([]);
    // The branch's README has a section of each: a lost race must not lose another's words.
    const readme = (await world.state('README.md')) ?? '';
    expect(environments.filter((name) => !readme.includes(name))).toEqual([]);
  });
});

/** A repository with a fleet of `environments`. */
function crowded(cloud: Cloud, environments?: string[]): Workplace {
  return new Workplace({ 'flotilla.yml': fleet(cloud.url, 'first', environments) });
}

async function opened(place: Workplace, run: string) {
  const world = { env: {}, home: place.base, signal: new AbortController().signal, clock: fastClock() };
  const ports = await openLocal(place.root, world);
  return { ...ports, run: { run, actor: 'ada' }, isRunAlive: () => Promise.resolve(true) };
}

describe('git', () => {
  test(`${MANY} applies of one environment, each with something to do`, async () => {
    const cloud = await startCloud();
    await using place = crowded(cloud);
    const commits = numbers.map((n) => {
      place.write({ 'flotilla.yml': fleet(cloud.url, `mark-${n}`) });
      place.commit();
      return place.git('rev-parse', 'HEAD').trim();
    });
    const outcomes = await Promise.all(
      commits.map(async (commit, n) => apply(requestFor({ commit }), await opened(place, `local:here:${n}:0`))),
    );
    expect(outcomes.map(({ result }) => result)).toEqual(numbers.map(() => 'succeeded'));
    expectOneOfEach(cloud, 2);
    const events = await history('production', await opened(place, 'local:here:reader:0'));
    expect(
      journalFaults(
        events,
        numbers.map((n) => `local:here:${n}:0`),
      ),
    ).toEqual([]);
    expect(overlaps(events)).toEqual([]);
    await cloud.stop();
  });

  test(`${MANY} command lines at once in one environment`, async () => {
    const cloud = await startCloud();
    await using place = crowded(cloud);
    const ended = await Promise.all(numbers.map(() => place.run('apply', '--yes', '--json')));
    const faults = ended.flatMap(({ code, stderr }) => (code === 0 ? [] : [`${code}: ${stderr}`]));
    expect(faults).toEqual([]);
    const results = ended.map(({ stdout }) => (JSON.parse(stdout) as Outcome).result);
    expect(results.toSorted()).toEqual(['succeeded', ...Array<string>(MANY - 1).fill('unchanged')]);
    expectOneOfEach(cloud, 2);
    await cloud.stop();
  });

  test(`${MANY} applies of ${MANY} environments`, async () => {
    const cloud = await startCloud();
    const environments = numbers.map((n) => `stage-${n}`);
    await using place = crowded(cloud, environments);
    const commit = place.git('rev-parse', 'HEAD').trim();
    const outcomes = await Promise.all(
      environments.map(async (environment, n) =>
        apply(requestFor({ commit, environment }), await opened(place, `local:here:${n}:0`)),
      ),
    );
    expect(outcomes.map(({ result }) => result)).toEqual(numbers.map(() => 'succeeded'));
    expectOneOfEach(cloud, 2 * MANY);
    const readme = place.git('show', 'flotilla:README.md');
    expect(environments.filter((name) => !readme.includes(name))).toEqual([]);
    const ports = await opened(place, 'local:here:reader:0');
    for (const [n, environment] of environments.entries())
      expect(journalFaults(await history(environment, ports), [`local:here:${n}:0`])).toEqual([]);
    await cloud.stop();
  });
});
