import { join } from 'node:path';
import { createFleet, threeWaves } from './fleet.ts';
import { plainProgram } from './plain-program.ts';
import { megabytes, milliseconds, times, type Row } from './table.ts';
import { outputOf, timeInTurn } from './timing.ts';

/** Resources, the bar as a multiple of `node -e 0`, and how often each is timed. */
const SIZES = [
  { count: 10, bar: 1.5, rounds: 40 },
  { count: 1_000, bar: 2.5, rounds: 24 },
  { count: 10_000, bar: 8, rounds: 12 },
];

/**
 * `flotilla plan` of a fleet that is as it shall be, by the bundled program, beside a Node that does nothing, and beside one
 * that does by hand what no plan can leave out. Compiled code and what was read before are kept from the runs before.
 */
export async function* noChange(dist: string): AsyncGenerator<Row> {
  for (const { count, bar, rounds } of SIZES) {
    await using fleet = await createFleet((endpoint) => threeWaves(count, endpoint));
    const { folder: cwd, env } = fleet;
    const cli = (...args: string[]) => ({ args: [join(dist, 'cli.js'), ...args], cwd, env });
    outputOf(cli('apply', '--yes', '--json'));
    const plan = JSON.parse(outputOf(cli('plan', '--json'))) as { steps: unknown[]; unchanged: number };
    if (plan.steps.length !== 0 || plan.unchanged !== count)
      throw new Error(`not what is to be timed: ${plan.unchanged}`);

    const byHand = { args: [plainProgram('least-work', dist), fleet.endpoint], cwd, env };
    const [nothing, planned, least] = timeInTurn([{ args: ['-e', '0'], env }, cli('plan'), byHand], rounds);
    if (!nothing || !planned || !least) throw new Error('nothing was timed');
    const ratio = planned.wall / nothing.wall;
    yield {
      what: `plan, no change, ${count.toLocaleString('en')} resources`,
      bar: `≤ ${bar}× node -e 0`,
      measured: times(ratio),
      holds: ratio <= bar,
      beside: `${milliseconds(planned.wall)} to ${milliseconds(nothing.wall)}; processor time ${times(planned.cpu / nothing.cpu)}, ${milliseconds(planned.cpu)}; ${megabytes(planned.memory)} to ${megabytes(nothing.memory)}; least work ${times(least.wall / nothing.wall)}`,
    };
  }
}
