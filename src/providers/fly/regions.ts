/** Wide regions that other providers know too, and where Fly has most room in them. */
const WIDE: Record<string, string> = { eu: 'ams', us: 'iad' };

const CODES = 'ams arn bom cdg dfw ewr fra gru iad jnb lax lhr nrt ord sin sjc syd yyz'.split(' ');

export const REGIONS: string[] = [...Object.keys(WIDE), ...CODES];

/** Fly's code of a region; machines cannot move, and without a word from the config all stand in one place. */
export function regionCode(region: string | undefined): string {
  return WIDE[region ?? 'eu'] ?? (region as string);
}
