import type { Html } from '../../model/html.ts';
import type { ResourceNumbers, Uptime } from '../../model/numbers.ts';
import { plural } from '../../model/words.ts';
import { markup, latency, span } from './markup.ts';

const DAY = 86_400_000;

type Bar = 'up' | 'some' | 'bad' | 'hole';

/** Share of a day's known minutes that make its bar a bad one. */
const BAD = 0.05;

/** A bar a day, oldest first. Days that fare alike are one dashed line, so that a quiet resource weighs next to nothing. */
export function dayBars(days: readonly Uptime[], today: string): Html {
  const bars = days.map(barOf);
  const paths = (['up', 'some', 'bad', 'hole'] as const).flatMap((bar) => {
    const line = runsOf(bars, bar)
      .map(([start, length]) => `M${start * 4} 14h${length * 4 - 1}`)
      .join('');
    return line === '' ? [] : [markup`<path class="${bar}" d="${line}" />`];
  });
  return markup`<svg
    class="bars"
    viewBox="0 0 ${days.length * 4 - 1} 28"
    preserveAspectRatio="none"
    role="img"
    aria-label="${daysInWords(days, today)}"
  >
    ${paths}
  </svg>`;
}

function barOf({ known, down, share }: Uptime): Bar {
  if (share === null) return 'hole';
  if (down === 0) return 'up';
  return down / known > BAD ? 'bad' : 'some';
}

function runsOf(bars: readonly Bar[], bar: Bar): [start: number, length: number][] {
  const runs: [number, number][] = [];
  for (const [index, one] of bars.entries()) {
    if (one !== bar) continue;
    const last = runs.at(-1);
    if (last && last[0] + last[1] === index) last[1] += 1;
    else runs.push([index, 1]);
  }
  return runs;
}

/** The same for those who do not see it: what the days with an outage were, at most five of them. */
function daysInWords(days: readonly Uptime[], today: string): string {
  const out = days.flatMap(({ down }, index) => {
    const day = new Date(Date.parse(today) - (days.length - 1 - index) * DAY);
    return down > 0 && !Number.isNaN(day.getTime()) ? [`${day.toISOString().slice(5, 10)} ${span(down * 60)}`] : [];
  });
  const holes = days.filter(({ share }) => share === null).length;
  return [
    `${days.length} days: ${out.length === 0 ? 'no outage' : `outages on ${plural(out.length, 'day')}`}`,
    ...(out.length === 0 ? [] : [`: ${out.slice(-5).join(', ')}${out.length > 5 ? ' and earlier' : ''}`]),
    ...(holes === 0 ? [] : [`; no data on ${plural(holes, 'day')}`]),
  ].join('');
}

const [WIDTH, HEIGHT, PAD] = [92, 24, 2];

/** Median latency by the hour. Where nothing answered, the line has a gap. */
export function sparkline({ hours }: Pick<ResourceNumbers, 'hours'>): Html {
  const values = hours.filter((value) => value !== null);
  const most = Math.max(...values, 1);
  const y = (value: number): number => Math.round(HEIGHT - PAD - (value / most) * (HEIGHT - 2 * PAD));
  let line = '';
  for (const [index, value] of hours.entries()) {
    if (value === null) continue;
    const [before, after] = [hours[index - 1] ?? null, hours[index + 1] ?? null];
    line += before === null ? `M${index * 4} ${y(value)}` : `L${index * 4} ${y(value)}`;
    // A single point has no length; a short dash shows it.
    if (before === null && after === null) line += 'h2';
  }
  const words =
    Math.min(...values) === most
      ? `Latency ${latency(most)}`
      : `Latency from ${latency(Math.min(...values))} to ${latency(most)} in 24 hours`;
  return markup`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${words}">
    <path d="${line}" />
  </svg>`;
}

/** How much of a limit is used. */
export function usageBar(share: number, words: string): Html {
  const width = Math.max(0, Math.min(100, Math.round(share * 100)));
  const tone = share >= 1 ? 'bad' : share >= 0.8 ? 'some' : 'up';
  return markup`<svg class="usage" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="${words}">
    <rect class="rest" width="100" height="6" />
    <rect class="${tone}" width="${width}" height="6" />
  </svg>`;
}
