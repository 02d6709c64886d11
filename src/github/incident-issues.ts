import type { GitHub } from './github.ts';
import { pages } from './pages.ts';
import { LostAnswerError } from './refusal.ts';
import type { RepositoryName } from './repository.ts';

export interface IncidentIssue {
  /** In the body's first line, hidden: how the issue is found again. */
  marker: string;
  title: string;
  /** At most 65,000 characters. */
  body: string;
  labels: string[];
  assignees: string[];
}

interface Found {
  number: number;
  body?: string | null;
  state: string;
  pull_request?: unknown;
}

const CALL = { kind: 'issue', permission: 'issues: write' };
const ROUTE = '/repos/{owner}/{repo}/issues';

/**
 * Opens the issue and gives its number. `again`: an earlier run may have opened it and died, so it is looked for first;
 * after a lost answer it always is.
 */
export async function openIssue(
  github: GitHub,
  repository: RepositoryName,
  issue: IncidentIssue,
  again: boolean,
): Promise<number> {
  const known = again ? await findIssue(github, repository, issue) : undefined;
  if (known !== undefined) return known;
  const { marker, title, body, labels, assignees } = issue;
  const params = { ...repository, title, body: `${marker}\n${body}`, labels, assignees };
  try {
    return (await github.request<{ number: number }>(`POST ${ROUTE}`, params, CALL)).data.number;
  } catch (error) {
    const there = error instanceof LostAnswerError ? await findIssue(github, repository, issue) : undefined;
    if (there === undefined) throw error;
    return there;
  }
}

/** Says anew what the issue says; with `closed` it ends it. Nobody is notified of an edit. */
export async function updateIssue(
  github: GitHub,
  repository: RepositoryName,
  number: number,
  { marker, title, body }: Pick<IncidentIssue, 'marker' | 'title' | 'body'>,
  closed: boolean,
): Promise<void> {
  const state = closed ? { state: 'closed', state_reason: 'completed' } : {};
  const params = { ...repository, issue_number: number, title, body: `${marker}\n${body}`, ...state };
  await github.request(`PATCH ${ROUTE}/{issue_number}`, params, { ...CALL, repeatable: true });
}

/** Only those who may write can comment from now on. */
export async function lockIssue(github: GitHub, repository: RepositoryName, number: number): Promise<void> {
  const params = { ...repository, issue_number: number, lock_reason: 'resolved' };
  await github.request(`PUT ${ROUTE}/{issue_number}/lock`, params, { ...CALL, repeatable: true });
}

/** The oldest issue with the marker, open or closed. Its label is set by us or by people whom the repository trusts. */
export async function findIssue(
  github: GitHub,
  repository: RepositoryName,
  { marker, labels }: Pick<IncidentIssue, 'marker' | 'labels'>,
): Promise<number | undefined> {
  const params = { ...repository, labels: labels[0], state: 'all', sort: 'created', direction: 'asc' };
  for await (const { number, body, pull_request } of pages<Found>(github, `GET ${ROUTE}`, params, CALL))
    if (!pull_request && body?.startsWith(marker)) return number;
  return undefined;
}
