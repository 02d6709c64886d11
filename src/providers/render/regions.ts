/** Wide regions that other providers know too, and Render's of them. */
const WIDE: Record<string, string> = { eu: 'frankfurt', us: 'oregon' };

export const REGIONS: string[] = [...Object.keys(WIDE), 'frankfurt', 'ohio', 'oregon', 'singapore', 'virginia'];

/** Render's name of a region; a service cannot move, and without a word from the config all stand in one. */
export function regionOf(region: string | undefined): string {
  return WIDE[region ?? 'eu'] ?? (region as string);
}
