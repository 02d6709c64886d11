import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { milliseconds, times, type Row } from './table.ts';
import { timeInTurn } from './timing.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What is published: how large it is, and how long it takes to say its version. */
export async function* packageSize(dist: string): AsyncGenerator<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-bench-'));
  for (const name of ['package.json', 'LICENSE', 'README.md', 'schemas', 'action.yml'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  cpSync(dist, join(folder, 'dist'), { recursive: true });
  const pack = ['pack', '--json', '--dry-run', '--ignore-scripts'];
  const [report] = JSON.parse(execFileSync('npm', pack, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })) as [
    { size: number; unpackedSize: number; entryCount: number },
  ];
  const { size, unpackedSize, entryCount } = report;
  yield {
    what: 'package',
    measured: `${Math.round(size / 1024)} KB`,
    beside: `${Math.round(unpackedSize / 1024)} KB in ${entryCount} files when installed; no dependencies`,
  };

  const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
  const version = { args: [join(folder, 'dist/cli.js'), '--version'], env };
  timeInTurn([version], 2);
  const [nothing, ours] = timeInTurn([{ args: ['-e', '0'], env }, version], 30);
  if (!nothing || !ours) throw new Error('nothing was timed');
  yield {
    what: 'flotilla --version',
    measured: times(ours.wall / nothing.wall),
    beside: `${milliseconds(ours.wall)} to ${milliseconds(nothing.wall)} of node -e 0; processor time ${times(ours.cpu / nothing.cpu)}`,
  };
  rmSync(folder, { recursive: true });
}
