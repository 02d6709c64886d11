/** Wide regions that other providers know too, and Koyeb's of them. */
const WIDE: Record<string, string> = { eu: 'fra', us: 'was' };

export const REGIONS: string[] = [...Object.keys(WIDE), 'fra', 'par', 'sfo', 'sin', 'tyo', 'was'];

/** Koyeb's code of a region; without a word from the config it is the one in Europe. */
export function regionOf(region: string | undefined): string {
  return WIDE[region ?? 'eu'] ?? (region as string);
}
