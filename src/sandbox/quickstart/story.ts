import { runLog, type Machine } from '../machine.ts';
import { killService } from './kill-service.ts';
import { checksOn, issuesOf, recordedUrls, type ToldCheck, type ToldIssue } from './look-around.ts';

/** What the story says while it goes; the terminal and tests make of it what they like. */
export type Tell = (line: { kind: 'chapter' | 'fact' | 'check' | 'link'; text: string; check?: ToldCheck }) => void;

/** What happened in one chapter. */
export interface Chapter {
  title: string;
  pullRequest?: { number: number; title: string; merged: boolean };
  commit: string;
  /** Those that the chapter brought. */
  checks: ToldCheck[];
  /** As they stand at its end; pull requests left out. */
  issues: ToldIssue[];
  /** What the addresses of the fleet answered. */
  answers: Record<string, string>;
}

/** The whole job of Flotilla, chapter by chapter, each through GitHub alone: what a person would click, push and see. */
export async function tellStory(
  machine: Machine,
  template: Record<string, string>,
  tell: Tell,
  signal: AbortSignal,
): Promise<Chapter[]> {
  const chapters: Chapter[] = [];
  const config = template['flotilla.yml'] as string;
  const friendlier = config.replace('Ahoy', 'Welcome');
  const told = new Set<string>();

  for (const { title, act } of [
    {
      title: 'A pull request adds the fleet. Its check says what would happen.',
      act: () => openPull(machine, 'add-the-fleet', 'Add the fleet', template),
    },
    { title: 'Merged: the push deploys a service and a site, and connects them.', act: () => mergePull(machine) },
    {
      title: 'A second push changes one service, and only that.',
      act: () => push(machine, 'A friendlier greeting', { 'flotilla.yml': friendlier }),
    },
    {
      title: 'A bad push: the service fails its health check. The version before keeps serving.',
      act: () => push(machine, 'Break the service', { 'api/server.js': BROKEN }),
    },
    {
      title: 'The mistake is put right.',
      act: () => push(machine, 'Put the service right', { 'api/server.js': template['api/server.js'] as string }),
    },
    {
      title: 'A push that would delete a protected site is stopped before anything happens.',
      act: () => push(machine, 'Drop the site', { 'flotilla.yml': withoutSites(friendlier) }),
    },
    {
      title: 'A second place to run is named, and that the service may move there. Nothing has to move yet.',
      act: () => push(machine, 'Name a second place', { 'flotilla.yml': withFailover(friendlier) }),
    },
    {
      title:
        'The service is killed, for good. The next health run probes it three times, opens an issue, and moves it; the site follows.',
      act: async () => {
        if (killService(machine, 'local', 'harbour', 'api') < 2) throw new Error('there was no service to kill');
        return lookAfter(machine);
      },
    },
    {
      title: 'The health run after that finds it well: the issue is closed.',
      act: () => lookAfter(machine),
    },
  ]) {
    if (signal.aborted) break;
    tell({ kind: 'chapter', text: title });
    const chapter = { title, ...(await act()) };
    const checks = checksOn(machine, chapter.commit).filter(({ url }) => !told.has(url));
    if (checks.length === 0)
      throw new Error(
        `no check appeared on ${chapter.commit}:\n${[...machine.repository.runs.values()].slice(-1).map(runLog).join('')}`,
      );
    for (const check of checks) {
      told.add(check.url);
      tell({ kind: 'check', text: check.title ?? '', check });
    }
    const issues = issuesOf(machine);
    for (const { number, title, state, labels } of issues)
      tell({ kind: 'fact', text: `issue #${number} (${state}; ${labels.join(', ')}): ${title}` });
    const answers = await answersOf(machine);
    for (const [url, answer] of Object.entries(answers)) tell({ kind: 'link', text: `${url} answers: ${answer}` });
    chapters.push({ ...chapter, checks, issues, answers });
  }
  return chapters;
}

/** The service that never becomes healthy. */
const BROKEN = `import { createServer } from 'node:http';

createServer((request, response) => {
  console.error('cannot reach the database');
  response.writeHead(500).end('out of order');
}).listen(Number(process.env.PORT), process.env.HOST);
`;

function withoutSites(config: string): string {
  return config.slice(0, config.indexOf('\nsites:') + 1);
}

/** A second account of the same machine, and what may be done when the service fails: one failed run is enough, so that nobody waits. */
function withFailover(config: string): string {
  return config
    .replace('\nservices:', '\nproviders:\n  local: {}\n  spare: { type: local }\n\nservices:')
    .replace(
      /( +)health: \{ (.*) \}\n/,
      (_, indent, health) =>
        `${indent}health: { ${health}, fail_after: 1, recover_after: 1 }\n${indent}failover: { after: 1, do: [move] }\n`,
    );
}

type Act = Pick<Chapter, 'commit' | 'pullRequest'>;

async function openPull(
  { github, repository, api }: Machine,
  branch: string,
  title: string,
  files: Record<string, string>,
): Promise<Act> {
  const { sha } = await github.push(repository.fullName, { branch, files, message: title });
  const { number } = await api<{ number: number }>('POST', '/pulls', {
    title,
    head: branch,
    base: 'main',
    body: 'One file, and the repository runs.',
  });
  await github.settled();
  return { commit: sha, pullRequest: { number, title, merged: false } };
}

async function mergePull({ github, api }: Machine): Promise<Act> {
  const [pull] = await api<{ number: number; title: string }[]>('GET', '/pulls');
  if (!pull) throw new Error('there is no pull request to merge');
  const { sha } = await api<{ sha: string }>('PUT', `/pulls/${pull.number}/merge`, {});
  await github.settled();
  return { commit: sha, pullRequest: { number: pull.number, title: pull.title, merged: true } };
}

async function push({ github, repository }: Machine, message: string, files: Record<string, string>): Promise<Act> {
  const { sha } = await github.push(repository.fullName, { branch: 'main', files, message });
  await github.settled();
  return { commit: sha };
}

/** A health run, as the schedule would set it off or a person does. */
async function lookAfter({ api, github, repository }: Machine): Promise<Act> {
  await api('POST', '/actions/workflows/flotilla.yml/dispatches', {
    ref: repository.defaultBranch,
    inputs: { command: 'health' },
  });
  await github.settled();
  return { commit: repository.git.refs.get(`refs/heads/${repository.defaultBranch}`) ?? '' };
}

/** Asks the fleet itself, as a visitor would. */
async function answersOf(machine: Machine): Promise<Record<string, string>> {
  if (!machine.repository.git.refs.get('refs/heads/flotilla')) return {};
  const urls = await recordedUrls(machine, ['service/api', 'site/web']);
  const asked = Object.values(urls).map(async (url) => {
    const response = await fetch(url);
    const text = await response.text();
    const title = /<title>([^<]*)/.exec(text)?.[1];
    return [url, title ? `the page "${title}"` : text] as const;
  });
  return Object.fromEntries(await Promise.all(asked));
}
