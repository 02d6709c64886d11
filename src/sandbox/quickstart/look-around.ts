import type { CheckRun, Repository } from '../github/index.ts';
import type { Machine } from '../machine.ts';

/** What the quickstart tells of a check run. */
export interface ToldCheck {
  name: string;
  conclusion: string | null;
  title: string | null;
  summary: string | null;
  annotations: { path: string; line: number; level: string; title: string; message: string }[];
  url: string;
}

/** Flotilla's check runs on a commit, oldest first. */
export function checksOn({ repository, page }: Machine, sha: string): ToldCheck[] {
  return [...repository.checks.values()]
    .filter(({ headSha, name }) => headSha === sha && name.startsWith('flotilla /'))
    .map((check) => toldCheck(check, page));
}

function toldCheck(check: CheckRun, page: Machine['page']): ToldCheck {
  return {
    name: check.name,
    conclusion: check.conclusion,
    title: check.output.title,
    summary: check.output.summary,
    annotations: check.annotations.map(({ path, start_line, annotation_level, title = '', message }) => ({
      path,
      line: start_line,
      level: annotation_level,
      title,
      message,
    })),
    url: page(`/runs/${check.id}`),
  };
}

/** An issue as people see it. */
export interface ToldIssue {
  number: number;
  title: string;
  state: 'open' | 'closed';
  labels: string[];
  body: string;
  url: string;
}

/** The repository's issues, oldest first. */
export function issuesOf({ repository, page }: Machine): ToldIssue[] {
  return [...repository.issues.values()]
    .filter((issue) => !issue.pull)
    .map(({ number, title, state, labels, body }) => ({
      number,
      title,
      state,
      labels: labels.map(({ name }) => name),
      body: body ?? '',
      url: page(`/issues/${number}`),
    }));
}

/** Where an environment answers, resource by resource, as the state branch records it. */
export async function recordedUrls({ api }: Machine, addresses: string[]): Promise<Record<string, string>> {
  const entries = await Promise.all(
    addresses.map(async (address) => {
      const { content } = await api<{ content: string }>(
        'GET',
        `/contents/production/resources/${address}.json?ref=flotilla`,
      );
      const state = JSON.parse(Buffer.from(content, 'base64').toString()) as {
        instances: Record<string, { outputs: { url: string } }>;
      };
      return [address, Object.values(state.instances)[0]?.outputs.url ?? ''] as const;
    }),
  );
  return Object.fromEntries(entries);
}

/** Every workflow run with what it used of the API, counted by the server. */
export function runsOf({
  repository,
  github,
}: Machine): { run: string; event: string; conclusion: string | null; requests: string[] }[] {
  return [...repository.runs.values()].map((run) => ({
    run: `${run.name} #${run.number}`,
    event: run.event,
    conclusion: run.conclusion,
    requests: github.traffic
      .filter(({ runId }) => runId === run.id)
      .map(({ method, route, operationName }) => operationName ?? `${method} ${route}`),
  }));
}

/** Commits on the state branch, newest first. */
export async function stateCommits({ api, repository }: Machine): Promise<{ sha: string; message: string }[]> {
  if (!repository.git.refs.get('refs/heads/flotilla')) return [];
  const commits = await api<{ sha: string; commit: { message: string } }[]>(
    'GET',
    '/commits?sha=flotilla&per_page=100',
  );
  return commits.map(({ sha, commit }) => ({ sha, message: commit.message.split('\n')[0] ?? '' }));
}

export function deploymentsOf(
  repository: Repository,
): { environment: string; sha: string; state: string; url: string }[] {
  return [...repository.deployments.values()].map(({ environment, sha, statuses }) => ({
    environment,
    sha,
    state: statuses.at(-1)?.state ?? 'pending',
    url: statuses.at(-1)?.environmentUrl ?? '',
  }));
}
