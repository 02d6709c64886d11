import { greedy, madeUp, optimum, puzzleOf, worth } from '../flow/placement-oracle.ts';
import { place } from '../../src/placement/place.ts';
import { solve } from '../../src/placement/solve.ts';
import { milliseconds, times, type Row } from './table.ts';

const ROUNDS = 15;

/** Placement beside an exact solver, and beside a plain greedy pass where the fleet is too large for one. */
export async function* placement(): AsyncGenerator<Row> {
  for (const load of [0.5, 0.7, 0.85]) {
    const input = madeUp(1, { resources: 100, accounts: 15, load });
    const puzzle = puzzleOf(input);
    const [took] = fastest([() => place(input)]);
    const { value, homeless } = worth(puzzle, solve(puzzle));
    const best = await optimum(puzzle, { seconds: 60, gap: 0.001 });
    const gap = best === undefined ? undefined : 1 - value / best;
    yield {
      what: `placement, 100 resources, 15 accounts, ${load * 100} % load`,
      bar: '≤ 75 ms, ≤ 1 % from the optimum',
      measured: `${milliseconds(took)}, ${gap === undefined ? 'no optimum found' : `${(gap * 100).toFixed(2)} %`}`,
      holds: took <= 75 && homeless === 0 && (gap ?? 0) <= 0.01,
      beside: `${homeless} without a place; a plain greedy pass leaves ${worth(puzzle, greedy(puzzle)).homeless}`,
    };
  }
  const input = madeUp(1, { resources: 10_000, accounts: 20, load: 0.7 });
  const puzzle = puzzleOf(input);
  const [plain, solved, whole] = fastest([
    () => greedy(puzzleOf(input)),
    () => solve(puzzleOf(input)),
    () => place(input),
  ]);
  yield {
    what: 'placement, 10,000 resources, 20 accounts',
    bar: '≤ 3× a plain greedy pass',
    measured: times(whole / plain),
    holds: whole <= 3 * plain,
    beside: `${milliseconds(whole)} to ${milliseconds(plain)}, of which ${milliseconds(solved)} without the words for each; ${worth(puzzle, solve(puzzle)).homeless} without a place`,
  };
}

/** The fastest of several rounds of each, in turn. Milliseconds. */
function fastest<const T extends readonly (() => unknown)[]>(tasks: T): { [K in keyof T]: number } {
  const best = tasks.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++)
    tasks.forEach((task, index) => {
      const start = performance.now();
      task();
      best[index] = Math.min(best[index] as number, performance.now() - start);
    });
  return best as { [K in keyof T]: number };
}
