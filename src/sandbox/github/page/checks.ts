import type { CheckRun, Job, Repository, WorkflowRun } from '../state.ts';
import type { Html } from '../../../model/html.ts';
import { html } from '../../../model/html.ts';
import { layout } from './layout.ts';
import { renderMarkdown } from './markdown.ts';
import { home, mark, pathIn, pill, seconds, short, stateOf, when } from './parts.ts';

/** What its App offers to do about a check run, and running it again. */
export const actionButtons = (repository: Repository, run: CheckRun): Html | false =>
  run.status === 'completed' &&
  html`<div class="actions">
    ${run.actions.map(
      ({ identifier, label, description }) =>
        html`<form method="post" action="${home(repository)}/runs/${run.id}/action">
          <input type="hidden" name="identifier" value="${identifier}" /><button class="main" title="${description}">
            ${label}
          </button>
        </form>`,
    )}
    <form method="post" action="${home(repository)}/runs/${run.id}/rerequest">
      <button title="Ask ${run.app.name} to run this check again">Re-run</button>
    </form>
  </div>`;

const annotationList = (repository: Repository, run: CheckRun): Html | false =>
  run.annotations.length > 0 &&
  html`<section class="card">
    <div class="head">
      <h2>Annotations</h2>
      <span class="faint small">${run.annotations.length}</span>
    </div>
    <ul class="rows">
      ${run.annotations.map(
        ({ path, start_line: line, end_line: end, annotation_level: level, title, message }) =>
          html`<li>
            <div class="grow">
              <div class="note-box ${level}">
                <strong>${title ?? level}</strong>
                <a class="mono" href="${pathIn(repository, 'blob', run.headSha, path)}#L${line}"
                  >${path}:${line === end ? line : `${line}–${end}`}</a
                >
                <p>${message}</p>
              </div>
            </div>
          </li>`,
      )}
    </ul>
  </section>`;

export const checkRunPage = (repository: Repository, run: CheckRun): string =>
  layout({
    title: run.name,
    crumbs: [
      [repository.fullName, home(repository)],
      [short(run.headSha), `${home(repository)}/commit/${run.headSha}`],
      [run.name, `${home(repository)}/runs/${run.id}`],
    ],
    live: run.status !== 'completed',
    body: html`<h1>${run.output.title ?? run.name}</h1>
      <p class="lead">
        ${pill(stateOf(run))} ${run.name} · ${run.app.name} · ${when(run.startedAt)}
        ${run.completedAt && html`· ${seconds(run.startedAt, run.completedAt)}`}
      </p>
      ${run.status === 'completed' && html`<section class="card"><div class="body">${actionButtons(repository, run)}</div></section>`}
      ${[run.output.summary, run.output.text].map((text) => text && html`<section class="card"><div class="body markdown">${renderMarkdown(text)}</div></section>`)}
      ${annotationList(repository, run)}`,
  });

const jobCard = (job: Job): Html =>
  html`<section class="card">
      <div class="head">
        <h2>${mark(stateOf(job))} ${job.name}</h2>
        <span class="faint small">${seconds(job.startedAt, job.completedAt)}</span>
      </div>
      ${job.steps.map(
        (step) =>
          html`<details class="step" ${step.conclusion === 'failure' && html` open`}>
            <summary>
              ${mark(step.conclusion ?? 'in_progress')} ${step.name}
              <span class="faint small">${seconds(step.startedAt, step.completedAt)}</span>
            </summary>
            ${step.log === '' ? html`<p class="empty">No output.</p>` : html`<pre class="log">${step.log}</pre>`}
          </details>`,
      )}
    </section>
    ${
      job.summary !== '' &&
      html`<section class="card">
        <div class="head"><h2>${job.name} summary</h2></div>
        <div class="body markdown">${renderMarkdown(job.summary)}</div>
      </section>`
    }`;

export const runPage = (repository: Repository, run: WorkflowRun): string => {
  const jobs = run.jobs.filter(({ attempt }) => attempt === run.attempt);
  const notes = jobs.flatMap(({ annotations }) => annotations);
  return layout({
    title: run.title,
    crumbs: [
      [repository.fullName, home(repository)],
      [`${run.name} #${run.number}`, `${home(repository)}/actions/runs/${run.id}`],
    ],
    live: run.status !== 'completed',
    body: html`<h1>${run.title}</h1>
      <p class="lead">
        ${pill(stateOf(run))} ${run.name} #${run.number}${run.attempt > 1 && html`, attempt ${run.attempt}`} ·
        ${run.event} by ${run.actor.login} ·
        <a class="mono" href="${home(repository)}/commit/${run.headSha}">${short(run.headSha)}</a> on ${run.headBranch}
      </p>
      ${jobs.length === 0 && html`<section class="card"><p class="empty">No job has started.</p></section>`}
      ${jobs.map(jobCard)}
      ${
        notes.length > 0 &&
        html`<section class="card">
          <div class="head"><h2>Annotations</h2></div>
          <ul class="rows">
            ${notes.map(
              ({ level, title, message, file, line }) =>
                html`<li>
                  <div class="grow">
                    <div class="note-box ${level === 'error' ? 'failure' : level}">
                      <strong>${title ?? level}</strong>
                      ${file !== undefined && html`<span class="mono">${file}${line !== undefined && `:${line}`}</span>`}
                      <p>${message}</p>
                    </div>
                  </div>
                </li>`,
            )}
          </ul>
        </section>`
      }`,
  });
};
