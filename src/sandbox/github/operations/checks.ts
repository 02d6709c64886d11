import { emit } from '../events.ts';
import { renderCheckRun, renderCheckSuite, suiteStanding } from '../render/check.ts';
import type {
  App,
  CheckAction,
  CheckAnnotation,
  CheckConclusion,
  CheckRun,
  CheckSuite,
  Principal,
  Repository,
} from '../state.ts';
import { nextId } from '../state.ts';
import type { World } from '../world.ts';

/** The App's suite of a commit, made when there is none. */
export const suiteOf = (
  world: World,
  repository: Repository,
  app: App,
  headSha: string,
  more: { branch?: string | null; before?: string } = {},
): CheckSuite => {
  for (const suite of repository.suites.values()) if (suite.app === app && suite.headSha === headSha) return suite;
  return createSuite(world, repository, app, headSha, more);
};

/** Workflow runs have a suite each; other Apps one a commit. */
export const createSuite = (
  world: World,
  repository: Repository,
  app: App,
  headSha: string,
  more: { branch?: string | null; before?: string } = {},
): CheckSuite => {
  const now = world.clock();
  const branch =
    more.branch === undefined
      ? (repository.git.refs
          .list('refs/heads/')
          .find(({ oid }) => oid === headSha)
          ?.ref.slice(11) ?? null)
      : more.branch;
  const suite: CheckSuite = {
    id: nextId(world.state),
    app,
    headSha,
    headBranch: branch,
    before: more.before ?? '',
    createdAt: now,
    updatedAt: now,
    reopened: false,
  };
  repository.suites.set(suite.id, suite);
  return suite;
};

/** A push makes a suite for every App that may write checks, and asks it to fill it. */
export const requestSuites = async (
  world: World,
  repository: Repository,
  branch: string,
  change: { before: string; after: string },
  by: Principal,
): Promise<void> => {
  const installed = [...world.state.installations.values()].filter(
    ({ app, repositoryIds, suspendedAt }) =>
      repositoryIds.has(repository.id) && app.permissions['checks'] === 'write' && !suspendedAt,
  );
  if (installed.length === 0) return;
  const commit = await repository.git.commit(change.after);
  if (/^skip-checks: *true$/m.test(commit?.message.trim().split('\n\n').at(-1) ?? '')) return;
  for (const { app } of installed) {
    const known = [...repository.suites.values()].some((suite) => suite.app === app && suite.headSha === change.after);
    const suite = suiteOf(world, repository, app, change.after, { branch, before: change.before });
    if (!known) await emitSuite(world, repository, suite, 'requested', by);
  }
};

/** `requested` and `rerequested` go to the suite's App alone, `completed` to all that subscribed. */
export const emitSuite = async (
  world: World,
  repository: Repository,
  suite: CheckSuite,
  action: 'requested' | 'rerequested' | 'completed',
  by: Principal,
): Promise<void> => {
  const commit = await repository.git.commit(suite.headSha);
  emit(world, {
    repository,
    event: 'check_suite',
    action,
    by,
    payload: () => ({ check_suite: renderCheckSuite(world, repository, suite, commit) }),
    ...(action === 'completed' ? {} : { onlyTo: suite.app }),
    quiet: action !== 'completed' || suite.app === world.actions,
  });
};

export const emitCheckRun = (
  world: World,
  repository: Repository,
  run: CheckRun,
  action: 'created' | 'completed' | 'rerequested' | 'requested_action',
  by: Principal,
  more: Record<string, unknown> = {},
): void => {
  const own = action === 'rerequested' || action === 'requested_action';
  emit(world, {
    repository,
    event: 'check_run',
    action,
    by,
    payload: () => ({
      check_run: {
        ...renderCheckRun(world, repository, run),
        check_suite: suitePart(world, repository, run.suite),
      },
      ...more,
    }),
    ...(own ? { onlyTo: run.app } : {}),
    quiet: run.app === world.actions,
  });
};

/** The suite inside a `check_run` payload has neither commit nor repository. */
const suitePart = (world: World, repository: Repository, suite: CheckSuite) => {
  const { head_commit: _, repository: __, ...rest } = renderCheckSuite(world, repository, suite, undefined);
  return rest;
};

export interface CheckRunFields {
  name?: string | undefined;
  headSha?: string;
  externalId?: string | undefined;
  detailsUrl?: string | undefined;
  status?: 'queued' | 'in_progress' | 'completed' | undefined;
  conclusion?: CheckConclusion | undefined;
  startedAt?: Date | undefined;
  completedAt?: Date | undefined;
  output?:
    | { title?: string | undefined; summary: string; text?: string | undefined; annotations?: CheckAnnotation[] }
    | undefined;
  actions?: CheckAction[] | undefined;
}

export const createCheckRun = async (
  world: World,
  repository: Repository,
  app: App,
  fields: CheckRunFields & { name: string; headSha: string },
  by: Principal,
  inSuite?: CheckSuite,
): Promise<CheckRun> => {
  const suite = inSuite ?? suiteOf(world, repository, app, fields.headSha);
  const run: CheckRun = {
    id: nextId(world.state),
    suite,
    app,
    name: fields.name,
    headSha: fields.headSha,
    externalId: '',
    detailsUrl: null,
    status: 'queued',
    conclusion: null,
    startedAt: world.clock(),
    completedAt: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
    actions: [],
  };
  repository.checks.set(run.id, run);
  suite.reopened = false;
  assign(world, run, fields);
  emitCheckRun(world, repository, run, 'created', by);
  await concluded(world, repository, run, by);
  return run;
};

/** Only what is given changes; annotations are added to those there are. */
export const updateCheckRun = async (
  world: World,
  repository: Repository,
  run: CheckRun,
  fields: CheckRunFields,
  by: Principal,
): Promise<void> => {
  const was = run.status;
  assign(world, run, fields);
  if (was !== 'completed') await concluded(world, repository, run, by);
};

const assign = (world: World, run: CheckRun, fields: CheckRunFields): void => {
  if (fields.name !== undefined) run.name = fields.name;
  if (fields.externalId !== undefined) run.externalId = fields.externalId;
  if (fields.detailsUrl !== undefined) run.detailsUrl = fields.detailsUrl;
  if (fields.startedAt) run.startedAt = fields.startedAt;
  if (fields.actions) run.actions = fields.actions;
  if (fields.output) {
    const { title, summary, text, annotations } = fields.output;
    run.output = { title: title ?? run.output.title, summary, text: text ?? run.output.text };
    run.annotations.push(...(annotations ?? []));
  }
  if (fields.conclusion !== undefined || fields.completedAt || fields.status === 'completed') {
    run.status = 'completed';
    run.conclusion = fields.conclusion ?? run.conclusion ?? 'neutral';
    run.completedAt = fields.completedAt ?? world.clock();
  } else if (fields.status) {
    run.status = fields.status;
    run.conclusion = null;
    run.completedAt = null;
  }
  run.suite.updatedAt = world.clock();
};

const concluded = async (world: World, repository: Repository, run: CheckRun, by: Principal): Promise<void> => {
  if (run.status !== 'completed') return;
  emitCheckRun(world, repository, run, 'completed', by);
  // A workflow run tells itself when its suite has ended: further jobs may be to come.
  for (const { suite, status } of repository.runs.values()) if (suite === run.suite && status !== 'completed') return;
  if (suiteStanding(repository, run.suite).status === 'completed')
    await emitSuite(world, repository, run.suite, 'completed', by);
};
