import type { JsonObject } from '../model/resource.ts';
import type { Provider } from './provider.ts';

/** How long a service of an account may take to wake, in seconds; 0 where services do not sleep. */
export function wakeSecondsOf({ wakes }: Pick<Provider, 'wakes'>, options: JsonObject): number {
  return wakes?.plans.includes(String(options['plan'] ?? 'free')) ? wakes.seconds : 0;
}
