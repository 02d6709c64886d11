import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startCloud, type Cloud } from '../../src/providers/sandbox/fake.ts';
import { startGitHub, type SandboxGitHub } from '../../src/sandbox/github/index.ts';
import { actionRunner, type ActionRunner } from '../action-runner.ts';
import { crashConfig, duplicates, inLanes, journalFaults, RESOURCES, WAVES } from './fleet.ts';

const root = mkdtempSync(join(tmpdir(), 'flotilla-crash-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const WORKFLOW = `name: fleet
on: { push: { branches: [main] } }
permissions: { contents: write, checks: write, deployments: write, actions: read }
jobs: { apply: { runs-on: ubuntu-latest, steps: [{ run: flotilla }] } }
`;
const FULL_NAME = 'ada/wreck';

interface Scene {
  cloud: Cloud;
  github: SandboxGitHub;
  runner: ActionRunner;
  push(message: string): Promise<{ sha: string }>;
  file(path: string): Promise<string | undefined>;
  close(): Promise<void>;
}

async function scene(): Promise<Scene> {
  const cloud = await startCloud();
  // The program reads no files of the commit here: images and the pretend cloud need none.
  const runner = actionRunner(root, () => process.cwd());
  const github = await startGitHub({ runner });
  const repository = await github.createRepository(FULL_NAME, { files: { 'web/index.html': 'hello' } });
  const files = { 'flotilla.yml': crashConfig(cloud.url), '.github/workflows/fleet.yml': WORKFLOW };
  const show = async (path: string) => {
    const head = repository.git.refs.get('refs/heads/flotilla');
    return head === undefined ? undefined : repository.git.fileAt(head, path);
  };
  return {
    cloud,
    github,
    runner,
    push: (message) => github.push(FULL_NAME, { branch: 'main', files: { ...files, 'note.txt': message }, message }),
    file: show,
    async close() {
      await github.close();
      await cloud.stop();
    },
  };
}

type Death = { index: number; when: 'before' | 'after'; at: 'github' | 'cloud' };

/** Every request of one quiet apply, as the two servers saw them. */
async function quietRun(): Promise<{ github: string[]; cloud: string[] }> {
  const { github, cloud, push, file, close } = await scene();
  await push('first');
  await github.settled();
  const { outcome } = JSON.parse((await file('production/environment.json')) ?? '{}') as { outcome?: string };
  expect(outcome).toBe('succeeded');
  const requests = github.traffic.map(({ method, operationName }) => (operationName === 'Snapshot' ? 'GET' : method));
  const commits = github.traffic.filter(({ operationName }) => operationName === 'Commit');
  expect(commits.length).toBeLessThanOrEqual(2 * WAVES + 1);
  const calls = cloud.calls.map(({ method }) => method);
  await close();
  return { github: requests, cloud: calls };
}

function deathsOf(methods: string[], at: Death['at']): Death[] {
  return methods.flatMap((method, index) => [
    { index, when: 'before' as const, at },
    ...(method === 'GET' ? [] : [{ index, when: 'after' as const, at }]),
  ]);
}

/** Killed there, then a second push: what is wrong afterwards. */
async function faultsAfter({ index, when, at }: Death): Promise<string[]> {
  const { github, cloud, runner, push, file, close } = await scene();
  let seen = -1;
  const kill = (): Promise<void> => {
    runner.child?.kill('SIGKILL');
    return new Promise(() => {});
  };
  const fault = { match: () => ++seen === index, act: { kind: 'hook', when, run: kill } } as const;
  (at === 'github' ? github : cloud).faults.add(fault);
  const { sha } = await push('first');
  await github.settled();
  const signal = runner.child?.signalCode;
  const journalPath = `production/events/${new Date().toISOString().slice(0, 7)}.ndjson`;
  const before = (await file(journalPath)) ?? '';
  github.faults.clear();
  cloud.faults.clear();

  await push('second');
  await github.settled();
  const environment = JSON.parse((await file('production/environment.json')) ?? '{}') as {
    outcome?: string;
    lease?: unknown;
  };
  const { checks } = [...github.state.repositories.values()][0] as {
    checks: ReadonlyMap<number, { name: string; status: string; headSha: string }>;
  };
  const dangling = [...checks.values()].filter(
    ({ name, status }) => name.startsWith('flotilla /') && status !== 'completed',
  );
  const runs = [...([...github.state.repositories.values()][0]?.runs.values() ?? [])];
  const faults = [
    ...(signal === 'SIGKILL' ? [] : ['it was not killed']),
    ...(runs.at(-1)?.conclusion === 'success' ? [] : ['the second run failed']),
    ...(environment.outcome === 'succeeded' ? [] : [`the record says ${environment.outcome}`]),
    ...(environment.lease === null ? [] : ['a lease is left']),
    ...duplicates(cloud),
    ...(cloud.resources.size === RESOURCES ? [] : [`${cloud.resources.size} resources`]),
    ...journalFaults(before, (await file(journalPath)) ?? ''),
    ...dangling.map(
      ({ name, headSha }) => `${name} is left in progress on the ${headSha === sha ? 'first' : 'second'} commit`,
    ),
  ];
  await close();
  return faults.map((fault) => `killed ${when} ${at} request ${index}: ${fault}`);
}

test('the Action killed at every request to GitHub and the provider, then pushed again: nothing twice, lost, held or dangling', async () => {
  const { github, cloud } = await quietRun();
  const deaths = [...deathsOf(github, 'github'), ...deathsOf(cloud, 'cloud')];
  const results = await inLanes(
    2,
    deaths.map((death) => () => faultsAfter(death)),
  );
  console.log(
    `GitHub store: ${deaths.length} deaths at ${github.length} requests to GitHub and ${cloud.length} to the provider`,
  );
  expect(results.flat()).toEqual([]);
}, 280_000);
