/** API requests, counted by the server, must not grow with the fleet. */
import { describe, expect, test } from 'vitest';
import { taskOf, type RunnerEvent } from '../../src/action/event.ts';
import { runTask } from '../../src/action/run-task.ts';
import { waves } from '../../src/model/plan.ts';
import type { Exchange } from '../../src/sandbox/github/index.ts';
import { proofWorld, FULL_NAME, type ProofRun, type ProofWorld } from './world.ts';

/** `count` resources in three waves: databases, services that use them, sites that use those. */
function fleetOf(count: number, endpoint: string, level = 'info'): string {
  const [databases, services] = [Math.floor(count * 0.2), Math.floor(count * 0.6)];
  return [
    'fleet: proof',
    'environments: { production: { branch: main } }',
    'providers:',
    `  sandbox: { endpoint: "${endpoint}" }`,
    'databases:',
    ...each(0, databases, (n) => `  d${n}: { engine: postgres }`),
    'services:',
    ...each(
      0,
      services,
      (n) =>
        `  s${n}: { source: { image: nginx }, env: { LEVEL: ${level}, DB: "\${database.d${n % databases}.url}" } }`,
    ),
    'sites:',
    ...each(databases + services, count, (n) => `  w${n}: { dir: web, env: { API: "\${service.s${n}.url}" } }`),
    '',
  ].join('\n');
}

const each = (from: number, to: number, line: (n: number) => string): string[] =>
  Array.from({ length: to - from }, (_, n) => line(n));

const kindsOf = (traffic: Exchange[]): string[] =>
  traffic.map(({ method, route, operationName }) => operationName ?? `${method} ${route.replace(/^.*\{repo\}/, '')}`);

const SNAPSHOT = 'Snapshot';
const TREE = 'GET /git/trees/{tree_sha}';
const CREATE_CHECK = 'POST /check-runs';
const UPDATE_CHECK = 'PATCH /check-runs/{check_run_id}';

/** What the Action does with an event, in this process. */
async function act(run: ProofRun, event: Pick<RunnerEvent, 'name' | 'payload' | 'sha' | 'ref'>) {
  const inputs = { command: 'auto', environment: undefined, resource: undefined, to: undefined };
  const task = taskOf({ stateBranch: 'flotilla', ...event }, inputs);
  if ('skip' in task) throw new Error(task.skip);
  return runTask(
    task,
    { allow: new Map(), redeploy: new Set(), expected: undefined, directory: '' },
    run.ports,
    run.target,
  );
}

const pushed = (run: ProofRun, sha: string) => act(run, { name: 'push', payload: {}, sha, ref: 'refs/heads/main' });

function pulled(run: ProofRun, sha: string) {
  const repo = { full_name: FULL_NAME };
  const pull_request = { number: 1, head: { sha, repo }, base: { ref: 'main', repo } };
  return act(run, { name: 'pull_request', payload: { pull_request }, sha: 'f'.repeat(40), ref: 'refs/pull/1/merge' });
}

/** The number that a text states. */
const stated = (text: string | null | undefined): number => Number(/(\d+) API requests?\b/.exec(text ?? '')?.[1]);

function checkOn({ github }: ProofWorld, sha: string) {
  const [repository] = [...github.state.repositories.values()];
  const checks = [...(repository?.checks.values() ?? [])].filter(({ headSha }) => headSha === sha);
  expect(checks).toHaveLength(1);
  return checks[0];
}

describe.each([10, 100, 1_000])('%i resources', (count) => {
  test('plan, apply, apply again', async () => {
    await using world = await proofWorld();
    const config = fleetOf(count, world.cloud.url);
    const sha = await world.push({ 'flotilla.yml': config });
    const annotationBatches = Math.ceil(count / 50);

    // A plan of everything: three, and one for each further 50 annotations.
    const plan = world.open(1);
    const planned = await pulled(plan, sha);
    expect(planned.outputs).toMatchObject({ outcome: 'planned', changes: String(count) });
    expect(kindsOf(plan.traffic()).toSorted()).toEqual(
      [SNAPSHOT, TREE, CREATE_CHECK, ...Array<string>(annotationBatches - 1).fill(UPDATE_CHECK)].toSorted(),
    );
    const check = checkOn(world, sha);
    expect(check?.annotations).toHaveLength(count);
    expect(stated(check?.output.summary)).toBe(plan.traffic().length);
    expect(stated(planned.pages[0])).toBe(plan.traffic().length);

    // The first apply: one commit a wave and one at the end, of which the first makes the branch by three requests.
    const merged = await world.push({ 'note.txt': 'merged' });
    const first = world.open(2);
    const applied = await pushed(first, merged);
    expect(applied).toMatchObject({ exit: 0, outputs: { outcome: 'succeeded', changes: String(count) } });
    const depth = waves(applied.plans[0]?.steps ?? []).length;
    expect(depth).toBe(3);
    expect(world.cloud.resources.size).toBe(count);
    const requests = kindsOf(first.traffic());
    expect(requests.toSorted()).toEqual(
      [
        SNAPSHOT,
        TREE,
        'POST /git/trees',
        'POST /git/commits',
        'POST /git/refs',
        ...Array<string>(depth).fill('Commit'),
        CREATE_CHECK,
        'POST /deployments',
        UPDATE_CHECK,
        ...Array<string>(2).fill('POST /deployments/{deployment_id}/statuses'),
      ].toSorted(),
    );
    const applyCheck = checkOn(world, merged);
    expect(applyCheck?.conclusion).toBe('success');
    expect(stated(applied.pages[0])).toBe(requests.length);
    expect(stated(applyCheck?.output.summary)).toBe(requests.length);
    expect(await commitsOnState(world)).toBe(depth + 1);

    // Nothing to do: three.
    const again = await world.push({ 'note.txt': 'again' });
    const second = world.open(3);
    const unchanged = await pushed(second, again);
    expect(unchanged.outputs).toMatchObject({ outcome: 'unchanged', changes: '0' });
    expect(kindsOf(second.traffic()).toSorted()).toEqual([CREATE_CHECK, TREE, SNAPSHOT].toSorted());
    expect(stated(unchanged.pages[0])).toBe(3);
    expect(stated(checkOn(world, again)?.output.summary)).toBe(3);
    expect(await commitsOnState(world)).toBe(depth + 1);

    // All services change, in one wave of a plan without annotations beyond them: as many commits as waves, and one.
    const change = await world.push({ 'flotilla.yml': fleetOf(count, world.cloud.url, 'debug') });
    const third = world.open(4);
    const changed = await pushed(third, change);
    expect(changed.outputs).toMatchObject({ outcome: 'succeeded', changes: String(Math.floor(count * 0.6)) });
    expect(kindsOf(third.traffic()).filter((kind) => kind === 'Commit')).toHaveLength(2);
    expect(kindsOf(third.traffic())).toHaveLength(2 + 2 + 5);
    expect(stated(checkOn(world, change)?.output.summary)).toBe(9);
    expect(await commitsOnState(world)).toBe(depth + 3);

    const kilobytes = (of: (exchange: Exchange) => unknown) =>
      Math.ceil(Math.max(...world.github.traffic.map((exchange) => JSON.stringify(of(exchange))?.length ?? 0)) / 1024);
    console.log(
      `${count} resources: largest answer ${kilobytes(({ responseBody }) => responseBody)} KB, largest request ${kilobytes(({ requestBody }) => requestBody)} KB`,
    );
  });
});

async function commitsOnState({ github }: ProofWorld): Promise<number> {
  const [repository] = [...github.state.repositories.values()];
  const git = repository?.git;
  let count = 0;
  for (let at = git?.refs.get('refs/heads/flotilla'); at !== undefined; at = (await git?.commit(at))?.parents[0])
    count += 1;
  return count;
}
