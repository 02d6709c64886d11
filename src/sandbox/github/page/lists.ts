import { suiteStanding } from '../render/check.ts';
import type { CheckRun, Issue, Repository, WorkflowRun } from '../state.ts';
import { isPullRequest } from '../state.ts';
import type { World } from '../world.ts';
import type { Html } from '../../../model/html.ts';
import { html } from '../../../model/html.ts';
import { layout } from './layout.ts';
import { environmentLink, home, labels, mark, short, stateOf, when } from './parts.ts';

export const repositoriesPage = (world: World): string => {
  const repositories = [...world.state.repositories.values()];
  return layout({
    title: 'Repositories',
    body: html`<h1>Repositories</h1>
      <p class="lead">All that this sandbox holds.</p>
      <div class="card">
        ${
          repositories.length === 0
            ? html`<p class="empty">There is no repository yet.</p>`
            : html`<ul class="rows">
                ${repositories.map(
                  (repository) =>
                    html`<li>
                      <span class="grow"
                        ><a href="${home(repository)}"><strong>${repository.fullName}</strong></a>
                        <span class="label">${repository.private ? 'private' : 'public'}</span></span
                      >
                      <span class="end faint small"
                        >${[...repository.issues.values()].filter(({ state }) => state === 'open').length} open · pushed
                        ${when(repository.pushedAt)}</span
                      >
                    </li>`,
                )}
              </ul>`
        }
      </div>`,
  });
};

export const checkRow = (repository: Repository, run: CheckRun): Html =>
  html`<li>
    ${mark(stateOf(run))}<span class="grow"
      ><a href="${home(repository)}/runs/${run.id}">${run.name}</a>
      <span class="faint">${run.output.title ?? stateOf(run).replaceAll('_', ' ')}</span></span
    >
  </li>`;

export const threadRow = (repository: Repository, issue: Issue): Html =>
  html`<li>
    <span class="mark ${issue.state === 'open' ? 'good' : 'faint'}">${issue.pull ? '⇄' : '⊙'}</span>
    <span class="grow"
      ><a href="${home(repository)}/${issue.pull ? 'pull' : 'issues'}/${issue.number}">${issue.title}</a
      >${labels(issue.labels)} <span class="faint small">#${issue.number} by ${issue.author.login}</span></span
    >
  </li>`;

export const runRow = (repository: Repository, run: WorkflowRun): Html =>
  html`<li>
    ${mark(stateOf(run))}<span class="grow"
      ><a href="${home(repository)}/actions/runs/${run.id}">${run.title}</a><br />
      <span class="faint small">${run.name} #${run.number} · ${run.event} · ${short(run.headSha)}</span></span
    >
  </li>`;

const card = (title: string, rows: readonly Html[], empty: string): Html =>
  html`<section class="card">
    <div class="head"><h2>${title}</h2></div>
    ${
      rows.length === 0
        ? html`<p class="empty">${empty}</p>`
        : html`<ul class="rows">
            ${rows}
          </ul>`
    }
  </section>`;

/** The newest deployment of each environment. */
const deployments = (repository: Repository): Html[] => {
  const newest = new Map(
    [...repository.deployments.values()].map((deployment) => [deployment.environment, deployment]),
  );
  return [...newest.values()].toReversed().map((deployment) => {
    const status = deployment.statuses.at(-1);
    return html`<li>
      ${mark(status?.state ?? 'pending')}<span class="grow"
        ><strong>${deployment.environment}</strong> <span class="mono faint">${short(deployment.sha)}</span><br /><span
          class="small"
          >${environmentLink(status)} <span class="faint">${status?.description}</span></span
        ></span
      >
    </li>`;
  });
};

/** The column beside a repository's files: what goes on in it. */
export const activity = (repository: Repository): Html => {
  const issues = [...repository.issues.values()].toReversed();
  const pulls = issues.filter(isPullRequest).slice(0, 10);
  const rest = issues.filter((issue) => !issue.pull);
  const open = rest.filter(({ state }) => state === 'open').slice(0, 20);
  const closed = rest.filter(({ state }) => state !== 'open').slice(0, 5);
  const runs = [...repository.runs.values()].toReversed().slice(0, 12);
  return html`${card('Deployments', deployments(repository), 'Nothing was deployed yet.')}
  ${card(
    'Pull requests',
    pulls.map((issue) => threadRow(repository, issue)),
    'There are none.',
  )}
  ${card(
    'Open issues',
    open.map((issue) => threadRow(repository, issue)),
    'None is open.',
  )}
  ${card(
    'Closed issues',
    closed.map((issue) => threadRow(repository, issue)),
    'None was closed yet.',
  )}
  ${card(
    'Workflow runs',
    runs.map((run) => runRow(repository, run)),
    'No workflow ran yet.',
  )}`;
};

/** Whether anything in the repository is still going on. */
export const isLive = (repository: Repository): boolean =>
  [...repository.runs.values()].some(({ status }) => status === 'in_progress' || status === 'queued') ||
  [...repository.suites.values()].some((suite) => suiteStanding(repository, suite).status === 'in_progress');
