import { createCheckRun, updateCheckRun } from '../operations/checks.ts';
import type { CheckAnnotation, Job, Principal, Repository, WorkflowRun } from '../state.ts';
import type { JobReport, RunAnnotation } from '../workflow-runner.ts';
import type { World } from '../world.ts';

/** GitHub shows at most this many of each level. */
const annotationsPerLevel = 10;

const levels = { notice: 'notice', warning: 'warning', error: 'failure' } as const;

const toAnnotation = ({ level, message, title, file, line, endLine }: RunAnnotation): CheckAnnotation => ({
  path: file ?? '.github',
  start_line: line ?? 1,
  end_line: endLine ?? line ?? 1,
  annotation_level: levels[level],
  message,
  ...(title === undefined ? {} : { title }),
});

/** Writes what the runner reports of the current attempt's jobs into the record, a check run for each. */
export const recordJobs = async (
  world: World,
  repository: Repository,
  run: WorkflowRun,
  reports: readonly JobReport[],
  by: Principal,
): Promise<void> => {
  const known = run.jobs.filter(({ attempt }) => attempt === run.attempt);
  for (const [at, report] of reports.entries()) await recordJob(world, repository, run, known[at], report, by);
};

const recordJob = async (
  world: World,
  repository: Repository,
  run: WorkflowRun,
  known: Job | undefined,
  report: JobReport,
  by: Principal,
): Promise<void> => {
  const job = known ?? (await createJob(world, repository, run, report, by));
  if (job.status === 'completed') return;
  Object.assign(job, {
    name: report.name,
    status: report.status,
    conclusion: report.conclusion,
    steps: report.steps,
    summary: report.summary,
    annotations: report.annotations,
    outputs: report.outputs,
    startedAt: report.startedAt ?? job.startedAt,
    completedAt: report.completedAt ?? (report.status === 'completed' ? world.clock() : null),
  });
  if (report.status !== 'completed') {
    if (job.checkRun.status !== report.status)
      await updateCheckRun(world, repository, job.checkRun, { status: report.status }, by);
    return;
  }
  const annotations = (['notice', 'warning', 'error'] as const).flatMap((level) =>
    report.annotations
      .filter((annotation) => annotation.level === level)
      .slice(0, annotationsPerLevel)
      .map(toAnnotation),
  );
  await updateCheckRun(
    world,
    repository,
    job.checkRun,
    {
      status: 'completed',
      conclusion: report.conclusion ?? 'failure',
      output: { summary: report.summary, annotations },
    },
    by,
  );
};

const createJob = async (
  world: World,
  repository: Repository,
  run: WorkflowRun,
  report: JobReport,
  by: Principal,
): Promise<Job> => {
  const checkRun = await createCheckRun(
    world,
    repository,
    world.actions,
    {
      name: report.name,
      headSha: run.headSha,
      status: 'queued',
      detailsUrl: `${world.urls.server}/${repository.fullName}/actions/runs/${run.id}`,
    },
    by,
    run.suite,
  );
  const job: Job = {
    id: checkRun.id,
    name: report.name,
    attempt: run.attempt,
    status: 'queued',
    conclusion: null,
    steps: [],
    summary: '',
    annotations: [],
    outputs: {},
    checkRun,
    createdAt: world.clock(),
    startedAt: null,
    completedAt: null,
  };
  run.jobs.push(job);
  return job;
};
