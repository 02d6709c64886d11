import type { Uptime } from '../../model/numbers.ts';
import { percent } from '../plan-words.ts';
import { clip } from '../visible.ts';
import { markup } from './markup.ts';
import { fleetStanding, STANDING, type Standing, type StatusResource } from './standing.ts';
import type { StatusInput } from './status-input.ts';

/** White on these has a contrast of 4.5 to 1 at least. */
const TONES = { up: '#1f7a4d', some: '#8f5d00', bad: '#b3261e', none: '#5d646c', link: '#1f5f8b' } as const;

const TONE: Record<Standing, keyof typeof TONES> = {
  up: 'up',
  maintenance: 'link',
  degraded: 'some',
  down: 'bad',
  unknown: 'none',
  unwatched: 'none',
};

/** Status and uptime of 30 days, of the fleet and of each resource that is watched: `badges/<what>/<kind>.<name>.svg`. */
export function badges(
  { fleet, numbers, incidents }: StatusInput,
  resources: readonly StatusResource[],
): [string, string][] {
  const { standing } = fleetStanding(resources, incidents);
  const watched = resources.filter((one) => one.standing !== 'unwatched');
  return [
    ...pair('fleet', fleet, standing, numbers.uptime.month),
    ...watched.flatMap(({ kind, name, standing, numbers }) =>
      pair(`${kind}.${encodeURIComponent(name)}`, name, standing, numbers?.uptime.month),
    ),
  ];
}

function pair(file: string, name: string, standing: Standing, uptime: Uptime | undefined): [string, string][] {
  const share = uptime?.share ?? null;
  const tone = share === null ? 'none' : share >= 0.999 ? 'up' : share >= 0.99 ? 'some' : 'bad';
  return [
    [`badges/status/${file}.svg`, badge(name, STANDING[standing].toLowerCase(), TONES[TONE[standing]])],
    [`badges/uptime/${file}.svg`, badge(`${name} uptime`, share === null ? 'no data' : percent(share), TONES[tone])],
  ];
}

/** Two words side by side; the width is told to the browser, whatever font it has. */
function badge(label: string, value: string, tone: string): string {
  const text = clip(label, 40);
  const [left, right] = [widthOf(text), widthOf(value)];
  return markup`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${left + right}"
    height="20"
    role="img"
    aria-label="${text}: ${value}"
  >
    <title>${text}: ${value}</title>
    <clipPath id="r"><rect width="${left + right}" height="20" rx="3" /></clipPath>
    <g clip-path="url(#r)">
      <path fill="#333940" d="M0 0h${left}v20H0z" />
      <path fill="${tone}" d="M${left} 0h${right}v20H${left}z" />
    </g>
    <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
      <text x="7" y="14" textLength="${left - 14}" lengthAdjust="spacingAndGlyphs">${text}</text>
      <text x="${left + 7}" y="14" textLength="${right - 14}" lengthAdjust="spacingAndGlyphs">${value}</text>
    </g>
  </svg> `.text;
}

/** Of the text at 11 pixels with room at both sides, near enough: narrow letters are narrow, others wide. */
function widthOf(text: string): number {
  let width = 14;
  for (const char of text) width += /[ijlI1.,:;'|! ]/.test(char) ? 4 : /[mwMW%@]/.test(char) ? 10 : 7;
  return width;
}
