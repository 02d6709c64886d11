import { escape, Html, htmlWith, type Insert } from '../../model/html.ts';
import type { Uptime } from '../../model/numbers.ts';
import { percent } from '../plan-words.ts';
import { visible } from '../visible.ts';

/** A template for HTML, SVG and XML: what is put into it is made visible (one line, no control characters) and escaped. */
export const markup = htmlWith((text) => escape(visible(text)));

/** An address that may be linked to: http(s), and nobody's name or password in it. */
export function safeUrl(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { protocol, username, password, href } = new URL(url);
  return /^https?:$/.test(protocol) && username === '' && password === '' ? href : undefined;
}

/** The text, as a link where the address may be linked to. */
export function linked(text: Insert, url: string | undefined): Insert {
  const href = safeUrl(url);
  return href === undefined ? text : markup`<a href="${href}" rel="noreferrer">${text}</a>`;
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** A moment as people read it, `20 Nov 2026, 12:30 UTC`; text that is no time stays as it is. */
export function when(time: string): Html {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return markup`${time}`;
  const iso = date.toISOString();
  return markup`<time datetime="${iso}">${dayOf(time)}, ${iso.slice(11, 16)} UTC</time>`;
}

/** `20 Nov 2026`. */
export function dayOf(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** Seconds as `40 s`, `12 min`, `3 h 5 min`, `2 days 4 h`: the two largest units. */
export function span(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (minutes < 60) return `${minutes} min`;
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days === 0) return `${hours} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
  return `${days} ${days === 1 ? 'day' : 'days'}${hours ? ` ${hours} h` : ''}`;
}

/** A share of time, or `no data` where nothing is known. */
export function uptimeWords({ share }: Uptime): string {
  return share === null ? 'no data' : percent(share);
}

/** `120 ms`, `1.4 s`. */
export function latency(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined) return 'no data';
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
