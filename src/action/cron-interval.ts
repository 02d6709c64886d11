const MINUTE = 60_000;

/**
 * The longest time between two runs of a cron line within an hour, in milliseconds; a day for one that does not run every
 * hour. GitHub has checked the line: only the forms of its minutes matter here.
 */
export function intervalOf(cron: string): number {
  const [minutes = '*', hours = '*'] = cron.trim().split(/\s+/);
  if (hours !== '*' && hours !== '*/1') return 24 * 60 * MINUTE;
  const at = [...new Set(minutes.split(',').flatMap(expand))].toSorted((a, b) => a - b);
  const gaps = at.map((minute, index) => (at[index + 1] ?? (at[0] as number) + 60) - minute);
  return Math.max(...gaps, 1) * MINUTE;
}

function expand(part: string): number[] {
  const [range = '*', step] = part.split('/');
  const [from = '0', to = step === undefined ? from : '59'] = range === '*' ? ['0', '59'] : range.split('-');
  const every = Number(step ?? 1) || 1;
  const minutes: number[] = [];
  for (let minute = Number(from) || 0; minute <= (Number(to) || 0); minute += every) minutes.push(minute);
  return minutes;
}
