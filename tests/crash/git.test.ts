import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { apply, history, openLocal, plan, type Request } from '../../src/index.ts';
import { startCloud, type Cloud } from '../../src/providers/sandbox/fake.ts';
import { crashConfig, duplicates, inLanes, journalFaults, RESOURCES, WAVES } from './fleet.ts';

const root = mkdtempSync(join(tmpdir(), 'flotilla-crash-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

const request: Request = {
  commit: null,
  environment: 'production',
  basis: 'live',
  intent: { kind: 'converge' },
  allow: new Map(),
  redeploy: new Set(),
};
const world = () => ({ env: {}, home: root, signal: new AbortController().signal });

function repository(name: string, cloud: Cloud): string {
  const folder = join(root, name);
  mkdirSync(join(folder, 'web'), { recursive: true });
  writeFileSync(join(folder, 'web/index.html'), 'hello');
  writeFileSync(join(folder, 'flotilla.yml'), crashConfig(cloud.url));
  git(folder, 'init', '-q', '-b', 'main');
  git(folder, 'add', '-A');
  git(folder, 'commit', '-qm', 'the fleet');
  return folder;
}

/** The real command line, killed by `arm`ed hooks of the cloud; gives the signal that ended it. */
async function runUntilKilled(folder: string, arm: (kill: () => void) => void): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, ['src/cli/main.ts', 'apply', '--yes', '--json', '--cwd', folder], {
    env: { PATH: process.env['PATH'], HOME: root },
    stdio: 'ignore',
  });
  arm(() => child.kill('SIGKILL'));
  return new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
}

/** Files of the record that still say that something is about to be done. */
const openIntents = (folder: string): string[] => {
  try {
    return git(folder, 'grep', '-l', '"intent":', 'flotilla').trim().split('\n');
  } catch {
    return [];
  }
};

const journal = (folder: string): string => {
  try {
    return git(folder, 'show', `flotilla:production/events/${new Date().toISOString().slice(0, 7)}.ndjson`);
  } catch {
    return '';
  }
};

test('killed at every call to the provider, then run again: everything there, nothing twice, no event lost', async () => {
  const counting = await startCloud();
  const folder = repository('counting', counting);
  const outcome = await apply(request, await openLocal(folder, world()));
  expect(outcome.result).toBe('succeeded');
  expect(outcome.commits).toBe(WAVES + 1);
  const calls = counting.calls.map(({ method }) => method);
  await counting.stop();

  const deaths = calls.flatMap((method, index) => [
    { index, when: 'before' as const },
    ...(method === 'GET' ? [] : [{ index, when: 'after' as const }]),
  ]);
  const results = await inLanes(
    2,
    deaths.map(({ index, when }) => async () => {
      const cloud = await startCloud();
      const folder = repository(`${when}-${index}`, cloud);
      const signal = await runUntilKilled(folder, (kill) => {
        let seen = -1;
        cloud.faults.add({
          match: () => ++seen === index,
          act: { kind: 'hook', when, run: () => (kill(), new Promise(() => {})) },
        });
      });
      const left = journal(folder);
      cloud.faults.clear();
      const ports = await openLocal(folder, world());
      const again = await apply(request, ports);
      const after = await plan(request, await openLocal(folder, world()));
      const events = await history('production', ports);
      const faults = [
        ...(signal === 'SIGKILL' ? [] : ['it was not killed']),
        ...(['succeeded', 'unchanged'].includes(again.result) ? [] : [`the second run ${again.result}`]),
        ...duplicates(cloud),
        ...(cloud.resources.size === RESOURCES ? [] : [`${cloud.resources.size} resources`]),
        ...(after.steps.length === 0 ? [] : [`${after.steps.length} steps are left`]),
        ...journalFaults(left, journal(folder)),
        ...openIntents(folder),
        ...(events.at(-1)?.kind === 'apply.finished' ? [] : ['the journal has no end']),
        ...(git(folder, 'show', 'flotilla:production/environment.json').includes('"lease": null')
          ? []
          : ['a lease is left']),
      ];
      await cloud.stop();
      rmSync(folder, { recursive: true, force: true });
      return faults.map((fault) => `killed ${when} call ${index}: ${fault}`);
    }),
  );
  console.log(`git store: ${deaths.length} deaths at ${calls.length} provider calls`);
  expect(results.flat()).toEqual([]);
}, 240_000);
