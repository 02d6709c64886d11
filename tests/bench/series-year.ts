import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  createReadStream,
  createWriteStream,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  type WriteStream,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulate, truthOf, type Commit } from '../health/simulated-year.ts';
import type { Row } from './table.ts';

const SIMULATION = { resources: 50, days: 365, seed: 1, every: 5, outages: 6, holes: 12 };
const MB = 1_000_000;

/**
 * A year of health of 50 resources, every five minutes, as health runs write it: the files on the branch, and the repository
 * that git makes of it. Each version is imported as a difference to the one before, as pushes bring them, and `git gc` keeps
 * those; then everything is packed anew, as a host may do it. Takes minutes.
 */
export async function* seriesYear(): AsyncGenerator<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-bench-year-'));
  const history = new History(folder);
  let files: Commit['files'] = new Map();
  const largest = { series: 0, health: 0 };
  for await (const commit of simulate(SIMULATION, truthOf(SIMULATION))) {
    files = commit.files;
    for (const [path, text] of commit.additions) {
      if (path.includes('/series/')) largest.series = Math.max(largest.series, text.length);
      if (path.endsWith('/health.json')) largest.health = Math.max(largest.health, text.length);
    }
    await history.add(commit);
  }
  await history.import();
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', join(folder, 'git'), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  git('gc', '--quiet', '--prune=now');
  const kept = sizes(join(folder, 'git/objects/pack'));
  const objects = /in-pack: (\d+)/.exec(git('count-objects', '-v'))?.[1];
  git('repack', '-a', '-d', '-f', '--quiet');
  const anew = sizes(join(folder, 'git/objects/pack'));
  rmSync(folder, { recursive: true });

  const of = (part: string) =>
    [...files].filter(([path]) => path.includes(part)).map(([, text]) => Buffer.byteLength(text));
  const sum = (bytes: readonly number[]) => bytes.reduce((total, one) => total + one, 0);
  const series = of('/series/');
  const written = [...series, ...of('/health.json'), ...of('/incidents/'), ...of('/events/'), ...of('README.md')];
  yield {
    what: `health of ${SIMULATION.resources} resources, every 5 minutes, after a year: files on the branch`,
    measured: `${(sum(written) / MB).toFixed(2)} MB`,
    beside: `${Math.round(sum(series) / series.length / 1000)} KB a resource, at most ${Math.round(largest.series / 1000)} KB; health.json at most ${Math.round(largest.health / 1000)} KB`,
  };
  yield {
    what: 'the same: the whole year in a packed git repository',
    measured: `${((kept.pack ?? 0) / MB).toFixed(1)} MB`,
    beside: `${history.commits.toLocaleString('en')} commits, ${objects} objects; packed anew ${((anew.pack ?? 0) / MB).toFixed(1)} MB; index ${((kept.idx ?? 0) / MB).toFixed(1)} MB, which is not transferred`,
  };
}

/**
 * Commits for `git fast-import`. The versions of one file go in one after the other, so that git finds what they share; then
 * the commits name them. What is yet to go in waits in files.
 */
class History {
  commits = 0;
  readonly #folder: string;
  readonly #versions = new Map<string, { name: string; stream: WriteStream }>();
  readonly #log: WriteStream;
  #mark = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#log = createWriteStream(join(folder, 'commits'));
  }

  async add({ at, headline, body, additions, deletions }: Commit): Promise<void> {
    this.commits += 1;
    const message = `${headline}\n\n${body}\n`;
    const changes = deletions.map((path) => `D ${path}\n`);
    for (const [path, text] of additions) {
      const mark = ++this.#mark;
      changes.push(`M 100644 :${mark} ${path}\n`);
      await put(this.#versionsOf(path), `blob\nmark :${mark}\ndata ${Buffer.byteLength(text)}\n${text}\n`);
    }
    const who = 'flotilla <flotilla@localhost>';
    const head = `commit refs/heads/flotilla\ncommitter ${who} ${at * 60} +0000\n`;
    await put(this.#log, `${head}data ${Buffer.byteLength(message)}\n${message}\n${changes.join('')}\n`);
  }

  async import(): Promise<void> {
    const repository = join(this.#folder, 'git');
    execFileSync('git', ['init', '--quiet', '--bare', repository]);
    const importing = spawn('git', ['-C', repository, 'fast-import', '--quiet'], {
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    const waiting = [...this.#versions.values(), { name: 'commits', stream: this.#log }];
    for (const { name, stream } of waiting) {
      stream.end();
      await once(stream, 'close');
      for await (const part of createReadStream(join(this.#folder, name))) await put(importing.stdin, part as Buffer);
    }
    importing.stdin.end();
    await once(importing, 'close');
  }

  /** Incidents are many and small: those of one folder share a file. */
  #versionsOf(path: string): WriteStream {
    const group = path.includes('/incidents/') ? 'incidents' : path;
    const known = this.#versions.get(group);
    if (known) return known.stream;
    const name = `versions-${this.#versions.size}`;
    const stream = createWriteStream(join(this.#folder, name));
    this.#versions.set(group, { name, stream });
    return stream;
  }
}

async function put(stream: NodeJS.WritableStream, text: string | Buffer): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}

function sizes(folder: string): Record<string, number> {
  const files = readdirSync(folder).map(
    (name) => [name.split('.').at(-1) ?? '', statSync(join(folder, name)).size] as const,
  );
  return Object.fromEntries(files);
}
