import { DAYS, type Freeze } from '../model/policy.ts';

const MINUTES_A_DAY = 24 * 60;

/** Whether a freeze holds at a moment. */
export function isFrozen({ from, to, days, hours, zone }: Freeze, now: Date): boolean {
  const at = now.toISOString();
  if ((from !== undefined && at < from) || (to !== undefined && at >= to)) return false;
  const { day, minute } = clockIn(zone, now);
  let began = day;
  if (hours) {
    const overnight = hours.to <= hours.from;
    const isEvening = minute >= hours.from && (overnight || minute < hours.to);
    const isMorning = overnight && minute < hours.to;
    if (!isEvening && !isMorning) return false;
    // In the small hours it is still the freeze of the day before.
    if (isMorning && !isEvening) began = (day + 6) % 7;
  }
  return days === undefined || days.includes(DAYS[began] as (typeof DAYS)[number]);
}

/** Day of the week, Sunday being 0, and minute of the day on a clock in that zone. */
function clockIn(timeZone: string, now: Date): { day: number; minute: number } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(now);
  const text = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const day = DAYS.indexOf(text('weekday').toLowerCase() as (typeof DAYS)[number]);
  return { day, minute: (Number(text('hour')) * 60 + Number(text('minute'))) % MINUTES_A_DAY };
}
