import { isOutage } from '../../model/incident.ts';
import type { Html, Insert } from '../../model/html.ts';
import { WINDOWS, type Window } from '../../model/numbers.ts';
import { SECTION, type Kind } from '../../model/resource.ts';
import { capital } from '../plan-words.ts';
import { dayBars, sparkline } from './charts.ts';
import { isOpen } from './incident-kinds.ts';
import { incidentHistory, openIncidents } from './incident-parts.ts';
import { markup, latency, linked, uptimeWords, when } from './markup.ts';
import { page } from './page.ts';
import { fleetStanding, STANDING, type StatusResource } from './standing.ts';
import type { StatusInput } from './status-input.ts';

/** Days of incidents that visitors are told of. */
const HISTORY = 30;

/** `index.html`: is it up, was it up, what happened, what is planned. */
export function visitorsPage(input: StatusInput, resources: readonly StatusResource[]): string {
  const { status, incidents } = input;
  const watched = resources.filter(({ standing }) => standing !== 'unwatched');
  const { standing, sentence } = fleetStanding(resources, incidents);
  const outages = incidents.filter(isOutage);
  const body = markup`${openIncidents(outages.filter(isOpen), input)} ${planned(input)}
    ${
      watched.length > 0 &&
      markup`<section aria-labelledby="resources">
        <h2 id="resources">What runs</h2>
        <p class="dim small">Bars and percentages are of 90 days, lines and medians are the latency of 24 hours.</p>
        ${[...Map.groupBy(watched, ({ kind }) => kind)].map(([kind, list]) => group(kind, list, input))}
        <ul class="key plain small dim" aria-label="What the bars mean">
          <li class="up">no outage</li>
          <li class="some">short outage</li>
          <li class="bad">long outage</li>
          <li class="hole">no data</li>
        </ul>
      </section>`
    }
    <section aria-labelledby="uptime">
      <h2 id="uptime">Uptime of all together</h2>
      <dl class="figures">
        ${(Object.keys(WINDOWS) as Window[]).map((name) => figure(SPANS[name], uptimeIn(input, name)))}
      </dl>
    </section>
    <section aria-labelledby="history">
      <h2 id="history">Incidents of ${HISTORY} days</h2>
      ${incidentHistory(outages, input, HISTORY)}
    </section>`;
  return page({ path: 'index.html', title: `${sentence} · ${status.title}`, standing, sentence, body }, input);
}

const SPANS: Record<Window, string> = {
  day: '24 hours',
  week: '7 days',
  month: '30 days',
  quarter: '90 days',
  year: 'a year',
};

const uptimeIn = ({ numbers }: StatusInput, name: Window): string => uptimeWords(numbers.uptime[name]);

export function figure(name: string, value: string): Html {
  return markup`<div><dt>${name}</dt><dd${value === 'no data' && markup` class="none"`}>${value}</dd></div>`;
}

function group(kind: Kind, list: readonly StatusResource[], { generated }: StatusInput): Insert {
  return markup`<h3 class="group">${capital(SECTION[kind])}</h3>
    <ul class="rows plain">
      ${list.map((resource) => row(resource, generated))}
    </ul>`;
}

function row({ name, standing, url, numbers }: StatusResource, generated: string): Html {
  const figures = numbers
    ? markup`${dayBars(numbers.days, generated)}
        <p class="pct">${uptimeWords(numbers.uptime.quarter)}</p>
        <div class="lat">${numbers.latency.day && markup`${sparkline(numbers)} <p>${latency(numbers.latency.day.p50)}</p>`}</div>`
    : '';
  return markup`<li class="res">
    <h4>${linked(name, url)}</h4>
    <p class="mark ${standing}">${STANDING[standing]}</p>
    ${figures}
  </li>`;
}

/** Maintenance that is going on or to come, soonest first. */
function planned({ maintenance, generated }: StatusInput): Insert {
  const ahead = maintenance
    .filter(({ to }) => Date.parse(to) > Date.parse(generated))
    .toSorted((a, b) => Date.parse(a.from) - Date.parse(b.from));
  if (ahead.length === 0) return '';
  return markup`<section aria-labelledby="maintenance">
    <h2 id="maintenance">Maintenance</h2>
    ${ahead.slice(0, 20).map(
      ({ from, to, resources, reason }) =>
        markup`<article class="card maintenance">
          <h3>${reason}</h3>
          <p class="small">${when(from)} until ${when(to)}</p>
          <p class="dim small">
            ${resources.length === 0 ? 'Everything may be interrupted.' : `May be interrupted: ${resources.join(', ')}.`}
          </p>
        </article>`,
    )}
  </section>`;
}
