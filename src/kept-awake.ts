import type { Config } from './model/config.ts';
import type { Placement } from './model/graph.ts';
import type { Notice } from './model/plan.ts';
import { address } from './model/resource.ts';
import { HOURS_A_MONTH } from './placement/needs.ts';
import type { Connections } from './provider-kit/connection.ts';
import { wakeSecondsOf } from './provider-kit/wakes.ts';

/** What it costs to keep services awake where they would sleep, for the plan; on the line that asks for it. */
export function keptAwake(
  connections: Connections,
  placement: Placement,
  { resources, providers, position }: Pick<Config, 'resources' | 'providers' | 'position'>,
): Notice[] {
  return Object.entries(resources.service).flatMap(([name, { watch }]) => {
    if (!watch?.keepAwake) return [];
    return (placement.get(address('service', name)) ?? []).flatMap(({ provider: account, replicas }) => {
      const connection = connections.get(account);
      const { options = {} } = providers[account] ?? {};
      if (!connection || wakeSecondsOf(connection.provider, options) === 0) return [];
      const hours = HOURS_A_MONTH * replicas;
      const message = `service/${name} is kept awake at ${account}, which takes ${hours} instance hours a month`;
      return [{ message, position: position(`services.${name}.health.keep_awake`) }];
    });
  });
}
