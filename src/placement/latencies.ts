import type { HealthState } from '../model/health.ts';

/** What an answer takes at each account that was measured: the median over what is probed there, milliseconds. */
export function latenciesOf(health: Pick<HealthState, 'instances'> | undefined): ReadonlyMap<string, number> {
  const byAccount = new Map<string, number[]>();
  for (const [instance, { latency }] of Object.entries(health?.instances ?? {})) {
    if (latency === null) continue;
    const account = instance.slice(instance.lastIndexOf('@') + 1);
    const measured = byAccount.get(account);
    if (measured) measured.push(latency);
    else byAccount.set(account, [latency]);
  }
  return new Map([...byAccount].map(([account, measured]) => [account, median(measured)]));
}

function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  const middle = ordered.length >> 1;
  const upper = ordered[middle] as number;
  return ordered.length % 2 === 1 ? upper : ((ordered[middle - 1] as number) + upper) / 2;
}
