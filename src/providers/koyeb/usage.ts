import type { Usage } from '../../model/offer.ts';
import type { KoyebReader } from './api.ts';

/** What the organization may have; Koyeb does not tell here how much it has. A quota of 0 is one that is not set. */
export async function usage(reader: KoyebReader): Promise<Usage[]> {
  const { services = 0, memory_mb: megabytes = 0 } = await reader.quotas();
  return [
    ...(services > 0 ? [{ measure: 'instances', kinds: ['service'], amount: services } as const] : []),
    ...(megabytes > 0 ? [{ measure: 'memory', kinds: ['service'], amount: megabytes * 1e6 } as const] : []),
  ];
}
