import type { CheckRun, DeploymentStatus, Issue, Label, Repository, WorkflowRun } from '../state.ts';
import type { Html } from '../../../model/html.ts';
import { html } from '../../../model/html.ts';

/** Small pieces that several pages share. */

const marks: Record<string, readonly [string, string]> = {
  success: ['✓', 'good'],
  failure: ['✕', 'bad'],
  error: ['✕', 'bad'],
  timed_out: ['✕', 'bad'],
  action_required: ['!', 'wait'],
  cancelled: ['⊘', 'faint'],
  skipped: ['–', 'faint'],
  neutral: ['◦', 'faint'],
  stale: ['◦', 'faint'],
  inactive: ['◦', 'faint'],
  in_progress: ['◐', 'wait'],
  queued: ['○', 'wait'],
  pending: ['○', 'wait'],
};

const words = (state: string): string => state.replaceAll('_', ' ');

/** A sign with the state's words for those who do not see it. */
export const mark = (state: string): Html => {
  const [sign, tone] = marks[state] ?? ['○', 'faint'];
  return html`<span class="mark ${tone}" role="img" aria-label="${words(state)}" title="${words(state)}"
    >${sign}</span
  >`;
};

export const pill = (state: string): Html =>
  html`<span class="pill ${marks[state]?.[1] ?? 'faint'}">${words(state)}</span>`;

export const stateOf = (
  one: Pick<CheckRun, 'status' | 'conclusion'> | Pick<WorkflowRun, 'status' | 'conclusion'>,
): string => one.conclusion ?? one.status;

export const issueState = (issue: Issue): Html => {
  const state = issue.pull?.merged ? 'merged' : issue.state;
  // A pull request that is closed was turned down; an issue that is closed is done.
  const look = state === 'closed' && !issue.pull ? 'merged' : state;
  return html`<span class="pill full ${look}">${state}</span>`;
};

export const labels = (list: readonly Label[]): Html =>
  html`${list.map(({ name }) => html` <span class="label">${name}</span>`)}`;

export const when = (date: Date): Html =>
  html`<time datetime="${date.toISOString()}">${date.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>`;

export const short = (oid: string): string => oid.slice(0, 7);

export const home = (repository: Repository): string => `/${repository.fullName}`;

export const pathIn = (repository: Repository, kind: 'tree' | 'blob', ref: string, path = ''): string =>
  `${home(repository)}/${kind}/${encodeURIComponent(ref)}${path === '' ? '' : `/${path.split('/').map(encodeURIComponent).join('/')}`}`;

export const seconds = (from: Date | null | undefined, to: Date | null | undefined): string =>
  from && to ? `${Math.max(0, (to.getTime() - from.getTime()) / 1000).toFixed(1)} s` : '';

export const environmentLink = (status: DeploymentStatus | undefined): Html | string =>
  status && /^https?:\/\//.test(status.environmentUrl)
    ? html`<a href="${status.environmentUrl}" rel="noreferrer">${status.environmentUrl}</a>`
    : '';
