import { appOf } from '../auth.ts';
import { HttpError, invalidRequest, notFound, unprocessable } from '../errors.ts';
import { isOid } from '../git/objects.ts';
import type { CheckRunFields } from '../operations/checks.ts';
import { createCheckRun, emitCheckRun, emitSuite, updateCheckRun } from '../operations/checks.ts';
import { latestRuns, renderAnnotation, renderCheckRun, renderCheckSuite } from '../render/check.ts';
import type { Call, Reply } from '../router.ts';
import { json, route } from '../router.ts';
import type { App, CheckAction, CheckAnnotation, CheckRun, CheckSuite } from '../state.ts';
import {
  asObject,
  limitText,
  optionalDate,
  optionalInteger,
  optionalList,
  optionalObject,
  optionalOneOf,
  optionalText,
  requiredInteger,
  requiredText,
} from './body.ts';
import { counted, paged } from './pagination.ts';
import { commitNamed } from './revision.ts';

/** Limits of one request; annotations add up over updates. */
export const checkLimits = { annotations: 50, text: 65_535, actions: 3, identifier: 20, label: 20, description: 40 };

const conclusions = [
  'action_required',
  'cancelled',
  'failure',
  'neutral',
  'success',
  'skipped',
  'stale',
  'timed_out',
] as const;

const readAnnotation = (value: unknown): CheckAnnotation => {
  const given = asObject(value, 'annotations');
  const [startColumn, endColumn] = [optionalInteger(given, 'start_column'), optionalInteger(given, 'end_column')];
  const [title, details] = [optionalText(given, 'title', 255), optionalText(given, 'raw_details')];
  const annotation: CheckAnnotation = {
    path: requiredText(given, 'path'),
    start_line: requiredInteger(given, 'start_line'),
    end_line: requiredInteger(given, 'end_line'),
    annotation_level:
      optionalOneOf({ level: requiredText(given, 'annotation_level') }, 'level', ['notice', 'warning', 'failure']) ??
      'notice',
    message: requiredText(given, 'message'),
    ...(startColumn === undefined ? {} : { start_column: startColumn }),
    ...(endColumn === undefined ? {} : { end_column: endColumn }),
    ...(title === undefined ? {} : { title }),
    ...(details === undefined ? {} : { raw_details: details }),
  };
  if (annotation.start_line !== annotation.end_line && (startColumn !== undefined || endColumn !== undefined))
    throw invalidRequest('Annotations that span several lines cannot have columns.');
  if (Buffer.byteLength(annotation.message) > 64 * 1024 || Buffer.byteLength(details ?? '') > 64 * 1024)
    throw invalidRequest('An annotation message and raw_details may each have at most 64 KB.');
  return annotation;
};

const readAction = (value: unknown): CheckAction => {
  const given = asObject(value, 'actions');
  const short = (key: 'label' | 'identifier' | 'description'): string => {
    const text = requiredText(given, key);
    limitText(text, checkLimits[key]);
    return text;
  };
  return { label: short('label'), description: short('description'), identifier: short('identifier') };
};

const readOutput = (call: Call, creating: boolean): CheckRunFields['output'] => {
  const given = optionalObject(call.body, 'output');
  if (!given) return undefined;
  const annotations = optionalList(given, 'annotations', checkLimits.annotations)?.map(readAnnotation);
  return {
    title: creating ? requiredText(given, 'title') : optionalText(given, 'title'),
    summary: requiredText(given, 'summary', checkLimits.text),
    text: optionalText(given, 'text', checkLimits.text),
    ...(annotations ? { annotations } : {}),
  };
};

const readFields = (call: Call, creating: boolean): CheckRunFields => {
  const { body } = call;
  const status = optionalOneOf(body, 'status', ['queued', 'in_progress', 'completed']);
  const conclusion = optionalOneOf(body, 'conclusion', conclusions);
  if (status === 'completed' && conclusion === undefined)
    throw invalidRequest('A completed check run needs a "conclusion"; it wasn\'t supplied.');
  const detailsUrl = optionalText(body, 'details_url');
  if (detailsUrl !== undefined && !/^https?:\/\//.test(detailsUrl))
    throw unprocessable('Validation Failed: details_url must use http or https');
  return {
    externalId: optionalText(body, 'external_id'),
    detailsUrl,
    status,
    conclusion,
    startedAt: optionalDate(body, 'started_at'),
    completedAt: optionalDate(body, 'completed_at'),
    output: readOutput(call, creating),
    actions: optionalList(body, 'actions', checkLimits.actions)?.map(readAction),
  };
};

const callingApp = (call: Call): App => {
  const app = appOf(call.principal);
  if (!app) throw new HttpError(403, 'You must authenticate via a GitHub App.');
  return app;
};

const create = async (call: Call): Promise<Reply> => {
  const app = callingApp(call);
  const name = requiredText(call.body, 'name');
  const headSha = requiredText(call.body, 'head_sha');
  const fields = readFields(call, true);
  if (!isOid(headSha) || !(await call.repository.git.commit(headSha)))
    throw unprocessable(`No commit found for SHA: ${headSha}`);
  const run = await createCheckRun(call.world, call.repository, app, { ...fields, name, headSha }, call.principal);
  const rendered = renderCheckRun(call.world, call.repository, run);
  return json(201, rendered, { location: rendered.url });
};

const runNamed = (call: Call): CheckRun => {
  const run = call.repository.checks.get(Number(call.param('check_run_id')));
  if (!run) throw notFound();
  return run;
};

const update = async (call: Call): Promise<Reply> => {
  const run = runNamed(call);
  const app = callingApp(call);
  if (run.app !== app)
    throw new HttpError(
      403,
      `Invalid app_id \`${app.id}\` - check run can only be modified by the GitHub App that created it.`,
    );
  await updateCheckRun(
    call.world,
    call.repository,
    run,
    { name: optionalText(call.body, 'name'), ...readFields(call, false) },
    call.principal,
  );
  return json(200, renderCheckRun(call.world, call.repository, run));
};

const filtered = (call: Call, runs: CheckRun[]): Promise<Reply> => {
  const name = call.query.get('check_name');
  const status = call.query.get('status');
  const appId = call.query.get('app_id');
  const shown = (call.query.get('filter') === 'all' ? runs : latestRuns(runs)).filter(
    (run) =>
      (name === null || run.name === name) &&
      (status === null || run.status === status) &&
      (appId === null || run.app.id === Number(appId)),
  );
  return paged(
    call,
    shown.toSorted((a, b) => b.id - a.id),
    (run) => renderCheckRun(call.world, call.repository, run),
    counted('check_runs'),
  );
};

const runsOfRef = async (call: Call): Promise<Reply> => {
  const { oid } = await commitNamed(call.repository, call.param('ref'), call.ref);
  return filtered(
    call,
    [...call.repository.checks.values()].filter(({ headSha }) => headSha === oid),
  );
};

const suiteNamed = (call: Call): CheckSuite => {
  const suite = call.repository.suites.get(Number(call.param('check_suite_id')));
  if (!suite) throw notFound();
  return suite;
};

const runsOfSuite = (call: Call): Promise<Reply> => {
  const suite = suiteNamed(call);
  return filtered(
    call,
    [...call.repository.checks.values()].filter((run) => run.suite === suite),
  );
};

const renderSuite = async (call: Call, suite: CheckSuite) =>
  renderCheckSuite(call.world, call.repository, suite, await call.repository.git.commit(suite.headSha));

const suitesOfRef = async (call: Call): Promise<Reply> => {
  const { oid } = await commitNamed(call.repository, call.param('ref'), call.ref);
  const appId = call.query.get('app_id');
  const name = call.query.get('check_name');
  const runs = [...call.repository.checks.values()];
  const found = [...call.repository.suites.values()].filter(
    (suite) =>
      suite.headSha === oid &&
      (appId === null || suite.app.id === Number(appId)) &&
      (name === null || runs.some((run) => run.suite === suite && run.name === name)),
  );
  return paged(call, found, (suite) => renderSuite(call, suite), counted('check_suites'));
};

const annotations = (call: Call): Promise<Reply> => {
  const run = runNamed(call);
  return paged(call, run.annotations, (annotation) => renderAnnotation(call.world, call.repository, run, annotation));
};

const rerequestRun = (call: Call): Reply => {
  const run = runNamed(call);
  if (run.status !== 'completed') throw unprocessable('This check run is not rerequestable');
  emitCheckRun(call.world, call.repository, run, 'rerequested', call.principal);
  return json(201, {});
};

const rerequestSuite = async (call: Call): Promise<Reply> => {
  const suite = suiteNamed(call);
  suite.reopened = true;
  await emitSuite(call.world, call.repository, suite, 'rerequested', call.principal);
  return json(201, {});
};

const read = { permission: 'checks', level: 'read' } as const;
const write = { permission: 'checks', level: 'write', user: 'app' } as const;
const rerequest = { permission: 'checks', level: 'write', user: 'write' } as const;
const base = '/repos/{owner}/{repo}';

export const checkRoutes = [
  route(`POST ${base}/check-runs`, write, create),
  route(`GET ${base}/check-runs/{check_run_id}`, read, (call) =>
    json(200, renderCheckRun(call.world, call.repository, runNamed(call))),
  ),
  route(`PATCH ${base}/check-runs/{check_run_id}`, write, update),
  route(`GET ${base}/check-runs/{check_run_id}/annotations`, read, annotations),
  route(`POST ${base}/check-runs/{check_run_id}/rerequest`, rerequest, rerequestRun),
  route(`GET ${base}/commits/{ref}/check-runs`, read, runsOfRef),
  route(`GET ${base}/commits/{ref}/check-suites`, read, suitesOfRef),
  route(`GET ${base}/check-suites/{check_suite_id}`, read, async (call) =>
    json(200, await renderSuite(call, suiteNamed(call))),
  ),
  route(`GET ${base}/check-suites/{check_suite_id}/check-runs`, read, runsOfSuite),
  route(`POST ${base}/check-suites/{check_suite_id}/rerequest`, rerequest, rerequestSuite),
];
