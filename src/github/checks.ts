import type { Conclusion } from '../model/errors.ts';
import type { GitHub } from './github.ts';
import { pages } from './pages.ts';
import { LostAnswerError } from './refusal.ts';
import type { RepositoryName } from './repository.ts';

export interface Annotation {
  path: string;
  /** Counts from 1. Columns only where start and end line are the same. */
  start_line: number;
  end_line: number;
  start_column?: number;
  end_column?: number;
  annotation_level: 'notice' | 'warning' | 'failure';
  /** At most 64 KB. */
  message: string;
  /** At most 255 characters. */
  title?: string;
}

/** `summary` and `text` at most 65,535 characters each, cut by whoever rendered them. */
export interface CheckOutput {
  title: string;
  summary: string;
  text?: string;
  annotations?: readonly Annotation[];
}

export interface CheckAction {
  /** At most 20 characters each, the description 40. */
  label: string;
  identifier: string;
  description: string;
}

export interface CheckState {
  status: 'queued' | 'in_progress' | 'completed';
  /** With `completed` only. */
  conclusion?: Conclusion;
  output?: CheckOutput;
  /** At most three. */
  actions?: readonly CheckAction[];
  detailsUrl?: string;
}

export interface NewCheck extends CheckState {
  name: string;
  headSha: string;
  /** Unique for this run and check: how it is found again when the answer to its creation was lost. */
  externalId: string;
}

export interface CheckRun {
  id: number;
  name: string;
  status: string;
  conclusion: string | null;
  external_id: string | null;
  html_url: string | null;
  output: { annotations_count: number };
}

/** GitHub takes so many annotations a request; updates append. */
const BATCH = 50;
const CALL = { kind: 'check', permission: 'checks: write' };

/**
 * Creates a check run: one request, and one for each further 50 annotations. The conclusion comes with the first, so that
 * nothing that goes wrong later leaves the check in progress.
 */
export async function createCheck(
  github: GitHub,
  repository: RepositoryName,
  check: NewCheck,
): Promise<{ id: number; url: string | null }> {
  const { name, headSha: head_sha, externalId: external_id } = check;
  const [first = [], ...more] = batches(check.output?.annotations ?? []);
  const params = { ...repository, name, head_sha, external_id, ...fields(check, first) };
  let run: CheckRun;
  try {
    run = (await github.request<CheckRun>('POST /repos/{owner}/{repo}/check-runs', params, CALL)).data;
  } catch (error) {
    const found = error instanceof LostAnswerError ? await findCheck(github, repository, check) : undefined;
    if (!found) throw error;
    run = found;
  }
  await appendAnnotations(github, repository, run.id, check, more, first.length);
  return { id: run.id, url: run.html_url };
}

/** Changes a check run; annotations are added to those that it has, `had` of them so far. */
export async function updateCheck(
  github: GitHub,
  repository: RepositoryName,
  id: number,
  state: CheckState,
  had = 0,
): Promise<void> {
  const [first = [], ...more] = batches(state.output?.annotations ?? []);
  await patch(github, repository, id, fields(state, first), had + first.length);
  await appendAnnotations(github, repository, id, state, more, had + first.length);
}

/** Check runs of one name on a commit, all attempts. */
export async function listChecks(
  github: GitHub,
  repository: RepositoryName,
  ref: string,
  filter: { check_name?: string; status?: 'queued' | 'in_progress' | 'completed'; app_id?: number } = {},
): Promise<CheckRun[]> {
  const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
  const items = (data: unknown): CheckRun[] => (data as { check_runs: CheckRun[] }).check_runs;
  const found: CheckRun[] = [];
  for await (const run of pages<CheckRun>(github, route, { ...repository, ref, ...filter, filter: 'all' }, CALL, {
    items,
  }))
    found.push(run);
  return found;
}

/** Ends the checks of dead runs that are still in progress on a commit; gives their number. */
export async function concludeDangling(
  github: GitHub,
  repository: RepositoryName,
  headSha: string,
  isDead: (externalId: string) => boolean | Promise<boolean>,
  output: CheckOutput,
): Promise<number> {
  let concluded = 0;
  for (const run of await listChecks(github, repository, headSha, { status: 'in_progress' })) {
    if (!run.external_id || !(await isDead(run.external_id))) continue;
    await updateCheck(github, repository, run.id, { status: 'completed', conclusion: 'cancelled', output });
    concluded += 1;
  }
  return concluded;
}

async function findCheck(github: GitHub, repository: RepositoryName, check: NewCheck): Promise<CheckRun | undefined> {
  const runs = await listChecks(github, repository, check.headSha, { check_name: check.name });
  return runs.find(({ external_id }) => external_id === check.externalId);
}

async function appendAnnotations(
  github: GitHub,
  repository: RepositoryName,
  id: number,
  { output }: CheckState,
  more: readonly (readonly Annotation[])[],
  had: number,
): Promise<void> {
  let count = had;
  for (const annotations of more) {
    count += annotations.length;
    await patch(
      github,
      repository,
      id,
      { output: { title: output?.title, summary: output?.summary, annotations } },
      count,
    );
  }
}

/** After a lost answer, the number of annotations tells whether they were added: adding twice would show them twice. */
async function patch(
  github: GitHub,
  repository: RepositoryName,
  id: number,
  body: Record<string, unknown>,
  expected: number,
): Promise<void> {
  const target = { ...repository, check_run_id: id };
  const output = body['output'] as { annotations?: readonly unknown[] } | undefined;
  const repeatable = !output?.annotations?.length;
  const route = '/repos/{owner}/{repo}/check-runs/{check_run_id}';
  for (let tries = 0; ; tries++) {
    try {
      await github.request(`PATCH ${route}`, { ...target, ...body }, { ...CALL, repeatable });
      return;
    } catch (error) {
      if (!(error instanceof LostAnswerError) || tries === 3) throw error;
      const { data } = await github.request<CheckRun>(`GET ${route}`, target, CALL);
      if (data.output.annotations_count >= expected) return;
    }
  }
}

function fields({ status, conclusion, output, actions, detailsUrl }: CheckState, annotations: readonly Annotation[]) {
  return {
    status,
    ...(conclusion ? { conclusion } : {}),
    ...(output ? { output: { ...output, annotations } } : {}),
    ...(actions ? { actions } : {}),
    ...(detailsUrl ? { details_url: detailsUrl } : {}),
  };
}

/** Requests that posting a check with so many annotations takes. */
export function checkRequests(annotations: number): number {
  return Math.max(1, Math.ceil(annotations / BATCH));
}

function batches<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, index) =>
    items.slice(index * BATCH, (index + 1) * BATCH),
  );
}
