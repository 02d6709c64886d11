import type { Html, Insert } from '../../model/html.ts';
import { isOutage, type Incident, type Moment } from '../../model/incident.ts';
import { clip } from '../visible.ts';
import { isOpen, newestFirst } from './incident-kinds.ts';
import { dayOf, markup, linked, span, when } from './markup.ts';
import type { StatusInput } from './status-input.ts';

const DAY = 86_400_000;
/** Lines of one incident's timeline, the first and the last ones; and incidents told in full. */
const MOMENTS = 12;
const FULL = 20;
const TEXT = 300;

/** How long it lasted, or has lasted so far. */
export function lasted({ began, recovered, closed }: Incident, now: string): string {
  return span(Math.max(0, (Date.parse(recovered ?? closed ?? now) - Date.parse(began)) / 1000) || 0);
}

/** Those that are going on, each in full. */
export function openIncidents(incidents: readonly Incident[], input: StatusInput): Insert {
  if (incidents.length === 0) return '';
  return markup`<section aria-labelledby="now">
    <h2 id="now">Happening now</h2>
    ${newestFirst(incidents)
      .slice(0, FULL)
      .map(
        (incident) =>
          markup`<article class="card ${isOutage(incident) ? 'bad' : 'some'}">
          <h3>${clip(incident.title, TEXT)}</h3>
          <p class="dim small">since ${when(incident.began)}, ${lasted(incident, input.generated)} so far</p>
          ${body(incident, input)}
        </article>`,
      )}
  </section>`;
}

/** What happened on each day, newest first; days on which nothing did are told together. */
export function incidentHistory(incidents: readonly Incident[], input: StatusInput, days: number, most = 40): Html {
  const today = Math.floor(Date.parse(input.generated) / DAY);
  const shown = newestFirst(incidents).slice(0, most);
  const byDay = Map.groupBy(shown, ({ began }) => Math.floor(Date.parse(began) / DAY));
  const parts: Insert[] = [];
  for (let day = today, quiet = day; day > today - days; day -= 1) {
    const list = byDay.get(day);
    const isLast = day === today - days + 1;
    if (list && quiet > day) parts.push(quietDays(day + 1, quiet));
    if (list) {
      parts.push(
        markup`<div class="day">
          <h3>${dayOf(isoOf(day))}</h3>
          ${list.map((one) => folded(one, input))}
        </div>`,
      );
      quiet = day - 1;
    } else if (isLast) parts.push(quietDays(day, quiet));
  }
  const left = incidents.length - shown.length;
  return markup`${parts}${left > 0 && markup`<p class="dim small">${left} earlier ones are in the repository’s record.</p>`}`;
}

const isoOf = (day: number): string => new Date(day * DAY).toISOString();

function quietDays(from: number, to: number): Html {
  const [first, last] = [dayOf(isoOf(from)), dayOf(isoOf(to))];
  const name =
    from === to ? last : `${first.replace(/ \d{4}$/, (year) => (last.endsWith(year) ? '' : year))} – ${last}`;
  return markup`<div class="day">
    <h3>${name}</h3>
    <p class="dim small">No incident</p>
  </div>`;
}

function folded(incident: Incident, input: StatusInput): Html {
  const state = isOpen(incident)
    ? `going on for ${lasted(incident, input.generated)}`
    : lasted(incident, input.generated);
  return markup`<details>
    <summary>
      ${clip(incident.title, TEXT)}
      <span class="dim">${state}${incident.muted !== undefined && markup`, ${clip(incident.muted, 100)}`}</span>
    </summary>
    ${body(incident, input)}
  </details>`;
}

function body({ cause, resources, dependants, timeline, issue }: Incident, { repository }: StatusInput): Html {
  const line = ({ at, text }: Moment): Html => markup`<li>${when(at)} <span>${clip(text, TEXT)}</span></li>`;
  const left = timeline.length - MOMENTS;
  const lines =
    left <= 0
      ? timeline.map(line)
      : [
          ...timeline.slice(0, MOMENTS / 2).map(line),
          markup`<li class="dim">${left} more</li>`,
          ...timeline.slice(-MOMENTS / 2).map(line),
        ];
  const page = issue !== null && repository !== undefined ? `${repository}/issues/${issue}` : undefined;
  const touched = [...resources, ...dependants];
  return markup`<p>${clip(cause, TEXT)}</p>
    ${touched.length > 1 && markup`<p class="dim small">Touches ${clip(touched.join(', '), TEXT)}</p>`}
    ${
      lines.length > 0 &&
      markup`<ol class="when">
        ${lines}
      </ol>`
    }
    ${page !== undefined && markup`<p class="small">${linked(`Issue ${issue}`, page)}</p>`}`;
}
