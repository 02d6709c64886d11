import * as z from 'zod/mini';
import type { ServiceSpec } from '../../model/config.ts';
import { failover } from './failover.ts';
import { serviceHealth } from './health.ts';
import { commonWhereAsked, compact, kindOf } from './resource.ts';
import { domains, env, source } from './source.ts';
import { oneOf, percentage, size, wholeNumber } from './values.ts';
import { healthSpec, watchOf } from './watch.ts';
import { key, listOf, map, rule } from './words.ts';

const shape = map('a service: a map with at least a source', {
  source,
  port: key(wholeNumber(1, 65_535), 'Port that it listens on; it is also given as PORT.', { examples: [8080] }),
  env,
  health: serviceHealth,
  resources: key(
    map('a map such as { cpu: 0.5, memory: 512MB }', {
      cpu: key(
        z.number({ error: 'a number of processor cores from 0.01 to 256' }).check(z.gte(0.01), z.lte(256)),
        'Processor cores.',
        { examples: [0.5] },
      ),
      memory: key(size, 'Memory.', { examples: ['512MB'] }),
    }),
    'What one replica may use.',
  ),
  replicas: key(wholeNumber(1, 100), 'How many copies run.', { default: 1 }),
  rollout: key(
    map('a map such as { strategy: canary, steps: [10, 50, 100] }', {
      strategy: key(oneOf('all_at_once', 'rolling', 'canary'), 'How a new version replaces the old one.', {
        default: 'all_at_once',
      }),
      steps: key(
        listOf('a list of percentages such as [10, 50, 100]', percentage, 20).check(
          z.minLength(1, { error: 'at least one step' }),
        ),
        'canary: share of the traffic at each step, rising to 100.',
        { examples: [[10, 50, 100]] },
      ),
    }).check(
      rule(({ strategy, steps }) => {
        if (!steps) return undefined;
        if (strategy !== 'canary')
          return {
            path: ['steps'],
            found: '"steps" are for the canary strategy only',
            expected: 'strategy: canary, or no steps',
          };
        const falls = steps.findIndex((step, index) => index > 0 && step <= (steps[index - 1] as number));
        if (falls > 0)
          return {
            path: ['steps', falls],
            found: `the steps do not rise at ${steps[falls]}`,
            expected: 'rising percentages',
          };
        if (steps.at(-1) !== 100)
          return {
            path: ['steps', steps.length - 1],
            found: `the last step is ${steps.at(-1)}`,
            expected: '100 as the last step',
          };
        return undefined;
      }),
    ),
    'How a new version is let in.',
  ),
  domains,
  failover,
  ...commonWhereAsked,
});

function spec(value: z.output<typeof shape>): ServiceSpec {
  const { health, resources, rollout } = value;
  return compact({
    source: value.source,
    port: value.port,
    env: value.env ?? {},
    health: healthSpec(health),
    resources:
      resources &&
      compact({
        millicpu: resources.cpu === undefined ? undefined : Math.round(resources.cpu * 1000),
        memoryBytes: resources.memory,
      }),
    replicas: value.replicas ?? 1,
    rollout:
      rollout &&
      compact({
        strategy: rollout.strategy ?? 'all_at_once',
        steps: rollout.strategy === 'canary' ? (rollout.steps ?? [10, 50, 100]) : undefined,
      }),
    domains: value.domains ?? [],
  });
}

export const service = kindOf('service', shape, spec, ({ health }) => watchOf('service', health));
