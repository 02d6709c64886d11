import * as z from 'zod/mini';
import { WATCH_DEFAULTS, type HealPolicy } from '../../model/watch.ts';
import { duration, oneOf, shortName, wholeNumber } from './values.ts';
import { key, listOf, map } from './words.ts';

const STEPS = ['restart', 'redeploy', 'move'] as const;

/** What is done when a resource is down: of those kinds that can be made anew. */
export const failover = key(
  map('a map such as { after: 3 }, {} when all defaults will do', {
    after: key(wholeNumber(1, 100), 'Failed probes in a row before anything is done; never less than fail_after.', {
      default: 3,
    }),
    do: key(
      listOf('a list such as [restart, redeploy, move]', oneOf(...STEPS), STEPS.length).check(
        z.minLength(1, { error: 'at least one of: restart, redeploy, move' }),
        z.refine((steps) => new Set(steps).size === steps.length, { error: 'each step once' }),
      ),
      'What is tried, in this order, each when the one before did not help.',
      { default: [...STEPS] },
    ),
    to: key(
      z.union(
        [
          z.literal('auto'),
          listOf('a list of provider names', shortName, 20).check(z.minLength(1, { error: 'at least one provider' })),
        ],
        { error: 'auto, or a list of provider accounts' },
      ),
      'Provider accounts that it may move to; auto: wherever placement finds best.',
      { default: 'auto', examples: [['fly', 'koyeb']] },
    ),
    back: key(oneOf('manual', 'auto'), 'auto: it goes back when the place that it left is well again.', {
      default: 'manual',
    }),
    budget: key(wholeNumber(1, 100), 'How often a day anything is done, all steps together.', { default: 3 }),
    cool_down: key(duration, 'How long nothing more is done after one.', { default: '30m' }),
  }),
  'What is done when it is down. Without it, nothing: an incident is opened.',
  { examples: [{ after: 3 }] },
);

/** In place of `failover` where data would be left behind: so that the refusal says why. */
export const noFailover = key(
  z.never({ error: 'no failover: what holds data does not move on its own, because the data would stay behind' }),
  'Not for what holds data: a move would leave the data behind.',
);

/** The policy in the units of the model. */
export function policyOf(
  {
    after = 3,
    do: steps = [...STEPS],
    to = 'auto',
    back = 'manual',
    budget = 3,
    cool_down = 1800,
  }: Exclude<z.output<typeof failover>, undefined>,
  failAfter: number = WATCH_DEFAULTS.failAfter,
): HealPolicy {
  return { after: Math.max(after, failAfter), steps, to, back, budget, coolDownSeconds: cool_down };
}
