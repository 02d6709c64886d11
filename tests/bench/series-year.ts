import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Series } from '../../src/model/series.ts';
import { HEALTH_FORMAT, type HealthState } from '../../src/model/health.ts';
import { stateText } from '../../src/model/canonical.ts';
import { seriesText } from '../../src/health/series-file.ts';
import { simulate, truthOf, type Commit } from '../health/simulated-year.ts';
import type { Row } from './table.ts';

const SIMULATION = { resources: 50, days: 365, seed: 1, every: 5, outages: 6, holes: 12 };
const MB = 1_000_000;

/**
 * A year of health of 50 resources, every five minutes: the files on the branch, and the repository that git makes of it.
 * Each version is imported as a difference to the one before, as pushes bring them, and `git gc` keeps those; a host that
 * packs everything anew may need up to three times as much. Takes minutes.
 */
export async function* seriesYear(): AsyncGenerator<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-bench-year-'));
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  git('init', '--quiet', '--bare');
  const importing = spawn('git', ['-C', folder, 'fast-import', '--quiet'], { stdio: ['pipe', 'inherit', 'inherit'] });
  const write = async (text: string): Promise<void> => {
    if (!importing.stdin.write(text)) await once(importing.stdin, 'drain');
  };
  const blob = (mark: number, text: string): string =>
    `blob\nmark :${mark}\ndata ${Buffer.byteLength(text)}\n${text}\n`;

  // The versions of one file come one after the other, so that git finds what they share; then the commits name them.
  const { resources } = SIMULATION;
  const truth = truthOf(SIMULATION);
  const commits: { at: number; changed: [path: string, mark: number][] }[] = [];
  const last = new Map<string, string>();
  const largest = { series: 0 };
  let mark = 0;
  for (let index = 0; index < resources; index += 1) {
    let number = 0;
    for (const commit of simulate(SIMULATION, truth, index)) {
      const entry = (commits[number++] ??= { at: commit.at, changed: [] });
      const series = commit.series.get(index);
      if (series) await put(entry, `production/series/service.s${index}.json`, text(series));
      if (index === 0) await put(entry, 'production/health.json', stateText(healthOf(commit)));
    }
  }
  for (const { at, changed } of commits) {
    const files = changed.map(([path, of]) => `M 100644 :${of} ${path}\n`).join('');
    const message = 'production: health';
    await write(`commit refs/heads/flotilla\ncommitter flotilla <flotilla@localhost> ${at * 60} +0000\n`);
    await write(`data ${message.length}\n${message}\n${files}\n`);
  }
  importing.stdin.end();
  await once(importing, 'close');
  git('gc', '--quiet', '--prune=now');
  const pack = sizes(join(folder, 'objects/pack'));
  const objects = git('count-objects', '-v');
  rmSync(folder, { recursive: true });

  const sum = [...last.values()].reduce((total, one) => total + Buffer.byteLength(one), 0);
  const health = Buffer.byteLength(last.get('production/health.json') as string);
  yield {
    what: `health of ${resources} resources, every 5 minutes, after a year: files on the branch`,
    measured: `${(sum / MB).toFixed(2)} MB`,
    beside: `${Math.round((sum - health) / resources / 1000)} KB a resource, at most ${Math.round(largest.series / 1000)} KB; health.json ${Math.round(health / 1000)} KB`,
  };
  yield {
    what: 'the same: the whole year in a packed git repository',
    measured: `${((pack.pack ?? 0) / MB).toFixed(1)} MB`,
    beside: `${commits.length.toLocaleString('en')} commits, ${/in-pack: (\d+)/.exec(objects)?.[1]} objects; index ${((pack.idx ?? 0) / MB).toFixed(1)} MB, which is not transferred`,
  };

  async function put(entry: (typeof commits)[number], path: string, content: string): Promise<void> {
    entry.changed.push([path, ++mark]);
    last.set(path, content);
    await write(blob(mark, content));
  }

  function text(series: Series): string {
    const content = seriesText(series);
    largest.series = Math.max(largest.series, content.length);
    return content;
  }
}

function healthOf({ at, samples, conditions }: Commit): HealthState {
  const time = new Date(at * 60_000).toISOString();
  return {
    format: HEALTH_FORMAT,
    checked: time,
    rolledUp: `${time.slice(0, 13)}:00:00.000Z`,
    instances: Object.fromEntries(
      samples.map(({ instance, ...last }, index) => [
        instance,
        {
          status: conditions[index]?.down ? 'down' : 'up',
          since: conditions[index]?.since ?? time,
          failures: last.ok ? 0 : 1,
          successes: last.ok ? 2 : 0,
          turns: [],
          latency: last.milliseconds,
          last,
        },
      ]),
    ),
    beats: {},
    breakers: {},
    avoid: {},
    heals: [],
  };
}

function sizes(folder: string): Record<string, number> {
  const files = readdirSync(folder).map(
    (name) => [name.split('.').at(-1) ?? '', statSync(join(folder, name)).size] as const,
  );
  return Object.fromEntries(files);
}
