import type { Usage } from '../../model/offer.ts';
import type { NetlifyReader } from './api.ts';

/** How many sites the team has of those that it may have. */
export async function usage(reader: NetlifyReader): Promise<Usage[]> {
  const { included, used } = await reader.siteCounts();
  if (!included) return [];
  return [{ measure: 'instances', kinds: ['site'], amount: included, ...(typeof used === 'number' ? { used } : {}) }];
}
