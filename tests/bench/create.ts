import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFleet, oneWave } from './fleet.ts';
import { plainProgram } from './plain-program.ts';
import { milliseconds, times, type Row } from './table.ts';
import { middle, timeOnce, type Program } from './timing.ts';

const ALCHEMY = '0.94.0';
const COUNT = 1_000;
const ROUNDS = 5;

/** Where alchemy is installed: it is no dependency of ours, and half a gigabyte. */
const CACHE = join(import.meta.dirname, '../../.cache/bench');

/** Creating a thousand services at a cloud that answers at once, beside alchemy doing the same with its state in files. */
export async function* create(dist: string): AsyncGenerator<Row> {
  const what = `create ${COUNT.toLocaleString('en')} resources`;
  const alchemy = installAlchemy();
  const program = plainProgram('alchemy-program', dist);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await timed((cwd, env) => ({ args: [join(dist, 'cli.js'), 'apply', '--yes'], cwd, env })));
    if (typeof alchemy === 'string') continue;
    theirs.push(
      await timed((cwd, env, endpoint) => ({ args: [program, alchemy.folder, endpoint, String(COUNT)], cwd, env })),
    );
  }
  if (typeof alchemy === 'string') yield { what, measured: milliseconds(middle(ours)), beside: alchemy };
  else
    yield {
      what,
      measured: times(middle(ours) / middle(theirs)),
      beside: `${milliseconds(middle(ours))}, two commits on the state branch; alchemy ${ALCHEMY} ${milliseconds(middle(theirs))}`,
    };
}

/** One run in a new repository at a new cloud, in milliseconds. */
async function timed(
  program: (cwd: string, env: Record<string, string>, endpoint: string) => Program,
): Promise<number> {
  await using fleet = await createFleet((endpoint) => oneWave(COUNT, endpoint));
  return timeOnce(program(fleet.folder, fleet.env, fleet.endpoint)).wall;
}

/** Alchemy's folder, or why there is none. */
function installAlchemy(): { folder: string } | string {
  const folder = join(CACHE, 'node_modules/alchemy');
  if (existsSync(folder)) return { folder };
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, 'package.json'), '{ "private": true, "type": "module" }');
  process.stderr.write(`installing alchemy ${ALCHEMY} into .cache/bench, to measure beside it\n`);
  try {
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts'];
    execFileSync('npm', ['install', ...quiet, `alchemy@${ALCHEMY}`], { cwd: CACHE, stdio: 'pipe' });
    return { folder };
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? error);
    return `alchemy was left out, it could not be installed: ${/npm error (.*)/.exec(said)?.[1] ?? said.slice(0, 100)}`;
  }
}
