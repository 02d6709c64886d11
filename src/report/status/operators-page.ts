import type { Html, Insert } from '../../model/html.ts';
import { plural } from '../../model/words.ts';
import { whyThere, useOf } from '../placement-words.ts';
import { counts } from '../plan-words.ts';
import { clip } from '../visible.ts';
import { appliesOf } from './applies.ts';
import { usageBar } from './charts.ts';
import { isOpen } from './incident-kinds.ts';
import { incidentHistory, openIncidents } from './incident-parts.ts';
import { commitLink, journalPart, SEARCH } from './journal-part.ts';
import { markup, latency, linked, uptimeWords, span, when } from './markup.ts';
import { page } from './page.ts';
import { fleetStanding, STANDING, type StatusInstance, type StatusResource } from './standing.ts';
import type { StatusInput } from './status-input.ts';
import { topology } from './topology.ts';
import { figure } from './visitors-page.ts';

/** Days of incidents that operators are told of, and applies and deployments at most. */
const HISTORY = 90;
const MOST = 20;

/** `fleet.html`: what runs where and why, how near the limits are, what was done, and how well. */
export function operatorsPage(input: StatusInput, resources: readonly StatusResource[]): string {
  const { status, incidents, forecasts = [] } = input;
  const { standing, sentence } = fleetStanding(resources, incidents);
  const places = new Set(resources.flatMap(({ instances }) => instances.map(({ provider }) => provider)));
  const body = markup`${openIncidents(incidents.filter(isOpen), input)} ${part('numbers', 'In numbers', figures(input))}
  ${resources.length > 0 && part('map', `${plural(resources.length, 'resource')} on ${plural(places.size, 'account')}`, topology(resources))}
  ${
    resources.length > 0 &&
    part(
      'placement',
      'What runs where, and why',
      markup`<ul class="rows plain">
        ${resources.map((one) => whereAndWhy(one, input))}
      </ul>`,
    )
  }
  ${accounts(input)} ${forecasts.length > 0 && part('limits', 'Limits', limits(input))}
  ${part('applies', 'Applies', applies(input))}
  ${part('incidents', `Incidents of ${HISTORY} days`, incidentHistory(incidents, input, HISTORY, 60))}
  ${part('journal', 'Journal', journalPart(input))}`;
  return page(
    { path: 'fleet.html', title: `Fleet · ${status.title}`, standing, sentence, body, script: SEARCH },
    input,
  );
}

const part = (id: string, title: string, body: Insert): Html =>
  markup`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${body}
  </section>`;

function figures({ numbers }: StatusInput): Html {
  const { uptime, latency: of, incidents, secondsToDetect, secondsToRecover } = numbers;
  const time = (seconds: number | null): string => (seconds === null ? 'no data' : span(seconds));
  const rate = numbers.changeFailureRate;
  return markup`<dl class="figures">
    ${figure('Uptime, 30 days', uptimeWords(uptime.month))}
    ${figure('Median latency, 24 hours', latency(of.day?.p50))} ${figure('95th percentile', latency(of.day?.p95))}
    ${figure('99th percentile', latency(of.day?.p99))} ${figure('Incidents, 30 days', String(incidents.month))}
    ${figure('Time to detect', time(secondsToDetect))} ${figure('Time to recover', time(secondsToRecover))}
    ${figure('Deployments a week', numbers.deploymentsPerWeek === null ? 'no data' : String(numbers.deploymentsPerWeek))}
    ${figure('Commit to deployment', time(numbers.leadSeconds))}
    ${figure('Changes that failed', rate === null ? 'no data' : `${Math.round(rate * 100)} %`)}
  </dl>`;
}

function whereAndWhy(resource: StatusResource, input: StatusInput): Html {
  const { address, instances, standing, dependsOn, numbers } = resource;
  const reasons = input.placement?.[address] ?? [];
  const avoided = input.health?.avoid[address] ?? [];
  return markup`<li class="two">
    <div>
      <h3>${address}</h3>
      <p class="mark ${standing}">${STANDING[standing]}</p>
      ${numbers && markup`<p class="dim">${uptimeWords(numbers.uptime.month)} in 30 days, ${latency(numbers.latency.day?.p50)}</p>`}
    </div>
    <div>
      ${instances.length === 0 && markup`<p class="dim">Runs nowhere.</p>`}${instances.map((one) => instance(one, input))}
      ${reasons.map((one) => markup`<p class="dim">${one.provider}: ${whyThere(one)}</p>`)}
      ${avoided.map(
        ({ provider, because, since, back }) =>
          markup`<p>
            Keeps away from ${provider} since ${when(since)}:
            ${clip(because, 200)}${back === 'manual' && ', until somebody lifts it'}
          </p>`,
      )}
      ${dependsOn.length > 0 && markup`<p class="dim">Uses ${dependsOn.join(', ')}</p>`}
    </div>
  </li>`;
}

function instance({ provider, health, state, outputs }: StatusInstance, { repository }: StatusInput): Html {
  const [newest] = state?.deployments ?? [];
  const facts = [
    state?.phase,
    state && state.replicas !== 1 ? plural(state.replicas, 'replica') : undefined,
    health?.status,
    health?.last.ok === false ? clip(health.last.problem ?? 'does not answer', 200) : undefined,
  ].filter((fact) => fact !== undefined);
  return markup`<p>
      <strong>${provider}</strong>${state?.region !== undefined && markup` in ${state.region}`}:
      ${facts.join(', ')}${outputs['url'] !== undefined && markup`, ${linked(outputs['url'], outputs['url'])}`}
    </p>
    ${newest && markup`<p class="dim">Deployed ${when(newest.at)}${newest.commit !== null && markup` at ${commitLink(newest.commit, repository)}`}</p>`}
    ${state?.error !== undefined && markup`<p class="mark degraded">Last change failed: ${clip(state.error, 200)}</p>`}`;
}

/** Accounts that failed so often that they are left alone for now, and what was done about resources out of health. */
function accounts({ health }: StatusInput): Insert {
  const breakers = Object.entries(health?.breakers ?? {});
  const heals = health?.heals ?? [];
  if (breakers.length + heals.length === 0) return '';
  return part(
    'healing',
    'Healing',
    markup`<ul class="rows plain">
      ${breakers.map(
        ([account, { failures, until }]) =>
          markup`<li>
            <p><strong>${account}</strong> is left alone until ${when(until)} after ${plural(failures, 'failure')}</p>
          </li>`,
      )}${heals.toReversed().map(
        ({ at, resource, action, from, result }) =>
          markup`<li>
            <p>
              <strong>${resource}</strong>: ${action}, was on ${from}, ${result ?? 'under way'}
              <span class="dim">${when(at)}</span>
            </p>
          </li>`,
      )}
    </ul>`,
  );
}

function limits({ forecasts = [] }: StatusInput): Html {
  return markup`<ul class="rows plain">
    ${forecasts.map((forecast) => {
      const { provider, used, limit: amount } = forecast;
      const { used: taken, limit, share } = useOf(forecast);
      const words = `${taken} of ${limit}`;
      return markup`<li class="two">
        <h3>${provider}</h3>
        <div>
          <p>${words}${share && `, ${share}`}</p>
          ${used !== null && amount > 0 && usageBar(used / amount, `${provider}: ${words}`)}
        </div>
      </li>`;
    })}
  </ul>`;
}

function applies({ events, repository }: StatusInput): Html {
  const runs = appliesOf(events).slice(0, MOST);
  if (runs.length === 0) return markup`<p class="dim">Nothing was applied in the last 30 days.</p>`;
  return markup`<ul class="rows plain">
    ${runs.map(
      ({ at, actor, commit, plan, result, actions, failed }) =>
        markup`<li class="two">
          <p>${when(at)}</p>
          <div>
            <p class="mark ${result === 'succeeded' ? 'up' : result === undefined ? 'unknown' : 'down'}">
              ${result ?? 'not finished'}: ${[...(actions.length > 0 || failed === 0 ? [counts(actions, 'done')] : []), ...(failed > 0 ? [`${failed} failed`] : [])].join(', ')}
            </p>
            <p class="dim">
              by
              ${actor}${commit !== null && markup` at ${commitLink(commit, repository)}`}${plan !== undefined && markup`, plan <code>${plan.slice(0, 12)}</code>`}
            </p>
          </div>
        </li>`,
    )}
  </ul>`;
}
