import * as z from 'zod/mini';
import type { DriftConfig, PlaceConfig, ResourceConfig } from '../../model/config.ts';
import { STATEFUL, type JsonObject, type Kind } from '../../model/resource.ts';
import type { WatchConfig } from '../../model/watch.ts';
import { policyOf, type failover } from './failover.ts';
import { durationUpTo, flag, oneOf, shortName, size, text, wholeNumber } from './values.ts';
import { about, key, listOf, map } from './words.ts';

/** What resources of all kinds have: where they may run, whether they are protected, and what is done about drift. */

const where = {
  on: key(
    z.union(
      [
        shortName,
        listOf('a list of provider names', shortName, 20).check(z.minLength(1, { error: 'at least one provider' })),
      ],
      {
        error: 'the name of a provider account, or a list of them',
      },
    ),
    'Provider accounts that may run it; all when left out. The one with the best score does, and among equal ones the first.',
    { examples: [['render', 'fly']] },
  ),
  spread: key(oneOf('provider'), 'provider: put the replicas on as many providers as possible.'),
  region: key(
    text(/^[a-z][a-z0-9-]*$/, 40, 'a region such as eu or fra'),
    'Where it should run; each provider knows which of its regions fit.',
    { examples: ['eu'] },
  ),
  traffic: key(
    map('a map such as { requests: 1000000, bandwidth: 10GB }', {
      requests: key(wholeNumber(0, 1_000_000_000_000), 'Requests a month.'),
      bandwidth: key(size, 'Bandwidth a month.', { examples: ['10GB'] }),
    }),
    'What it is expected to take of the limits of accounts in a month, all replicas together. Nothing enforces it.',
    { examples: [{ requests: 1_000_000, bandwidth: '10GB' }] },
  ),
};
const LIKE = 'a map such as { on: [render, fly], region: eu }';
const MEANING = 'Where it may run.';
const place = about(map(LIKE, where), MEANING);

const protect = key(
  flag,
  'Deleting or replacing it must be allowed by name. true for databases and buckets, else false.',
);

const drift = key(
  oneOf('report', 'repair'),
  'What is done when it was changed or deleted at the provider: report opens an incident, repair also puts it right. The file’s own drift when left out.',
  { default: 'report' },
);

/** The keys that every kind has. */
export const common = { place: z.optional(place), protect, drift };

/** The same for what others ask by its address, which they may keep for a while after a move. */
export const commonWhereAsked = {
  place: z.optional(
    about(
      map(LIKE, {
        ...where,
        grace: key(
          durationUpTo(900, 'a duration from 0s to 15m'),
          'Services and sites: how long the old place goes on after a move, for those who still have its address; at most 15m, 0s for not at all.',
          { default: '30s' },
        ),
      }),
      MEANING,
    ),
  ),
  protect,
  drift,
};

/** Drops keys whose value is undefined, so that specs are plain JSON. */
export function compact<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  for (const name of Object.keys(value) as (keyof T)[]) if (value[name] === undefined) delete value[name];
  return value as { [K in keyof T]: Exclude<T[K], undefined> };
}

interface Common {
  place?: (z.output<typeof place> & { grace?: number | undefined }) | undefined;
  protect?: boolean | undefined;
  drift?: DriftConfig | undefined;
  failover?: z.output<typeof failover>;
}

function resource(kind: Kind, value: Common, spec: object, watch: WatchConfig | undefined): ResourceConfig {
  const { on, grace, traffic, ...rest } = value.place ?? {};
  const at = compact({
    on: typeof on === 'string' ? [on] : on,
    ...rest,
    traffic: traffic && compact({ requests: traffic.requests, bandwidthBytes: traffic.bandwidth }),
    graceSeconds: grace,
  }) as PlaceConfig;
  return {
    spec: compact(spec) as JsonObject,
    place: at,
    protect: value.protect ?? STATEFUL.has(kind),
    ...(watch ? { watch } : {}),
    ...(value.failover ? { failover: policyOf(value.failover, watch?.failAfter) } : {}),
    ...(value.drift ? { drift: value.drift } : {}),
  };
}

/**
 * A kind's schema: takes the shape of the file, gives a `ResourceConfig` whose spec has the units that the model names.
 * How it is watched stands beside the spec, where it is no part of what is deployed.
 */
export function kindOf<S extends z.core.$ZodType<Common>>(
  kind: Kind,
  shape: S,
  spec: (value: z.output<S>) => object,
  watch: (value: z.output<S>) => WatchConfig | undefined = () => undefined,
) {
  return z.pipe(
    shape,
    z.transform((value: z.output<S>) => resource(kind, value, spec(value), watch(value))),
  );
}
