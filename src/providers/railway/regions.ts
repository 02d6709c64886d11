/** Wide regions that other providers know too, and Railway's data centre in each. */
const WIDE: Record<string, string> = { eu: 'europe-west4-drams3a', us: 'us-west2' };

export const REGIONS: string[] = [
  ...Object.keys(WIDE),
  'us-west2',
  'us-east4-eqdc4a',
  'europe-west4-drams3a',
  'asia-southeast1-eqsg3a',
];

export function regionCode(region: string): string {
  return WIDE[region] ?? region;
}
