import type { Harbour } from './harbour.ts';
import { checksOn, logOf, recordedUrls, type ToldCheck } from './look-around.ts';

/** What the story says while it goes; the terminal and tests make of it what they like. */
export type Tell = (line: { kind: 'chapter' | 'fact' | 'check' | 'link'; text: string; check?: ToldCheck }) => void;

/** What happened in one chapter. */
export interface Chapter {
  title: string;
  pullRequest?: { number: number; title: string; merged: boolean };
  commit: string;
  checks: ToldCheck[];
  /** What the addresses of the fleet answered. */
  answers: Record<string, string>;
}

/** The whole job of Flotilla, chapter by chapter, each through GitHub alone: what a person would click, push and see. */
export async function tellStory(harbour: Harbour, tell: Tell, signal: AbortSignal): Promise<Chapter[]> {
  const chapters: Chapter[] = [];
  const { template } = harbour;
  const config = template['flotilla.yml'] as string;

  for (const { title, act } of [
    {
      title: 'A pull request adds the fleet. Its check says what would happen.',
      act: () => openPull(harbour, 'add-the-fleet', 'Add the fleet', template),
    },
    { title: 'Merged: the push deploys a service and a site, and connects them.', act: () => mergePull(harbour) },
    {
      title: 'A second push changes one service, and only that.',
      act: () => push(harbour, 'A friendlier greeting', { 'flotilla.yml': config.replace('Ahoy', 'Welcome') }),
    },
    {
      title: 'A bad push: the service fails its health check. The version before keeps serving.',
      act: () => push(harbour, 'Break the service', { 'api/server.js': BROKEN }),
    },
    {
      title: 'The mistake is put right.',
      act: () => push(harbour, 'Put the service right', { 'api/server.js': template['api/server.js'] as string }),
    },
    {
      title: 'A push that would delete a protected site is stopped before anything happens.',
      act: () => push(harbour, 'Drop the site', { 'flotilla.yml': withoutSites(config) }),
    },
  ]) {
    if (signal.aborted) break;
    tell({ kind: 'chapter', text: title });
    const chapter = { title, ...(await act()) };
    const checks = checksOn(harbour, chapter.commit);
    if (checks.length === 0)
      throw new Error(
        `no check appeared on ${chapter.commit}:\n${[...harbour.repository.runs.values()].slice(-1).map(logOf).join('')}`,
      );
    for (const check of checks) tell({ kind: 'check', text: check.title ?? '', check });
    const answers = await answersOf(harbour);
    for (const [url, answer] of Object.entries(answers)) tell({ kind: 'link', text: `${url} answers: ${answer}` });
    chapters.push({ ...chapter, checks, answers });
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

type Act = Pick<Chapter, 'commit' | 'pullRequest'>;

async function openPull(
  { github, repository, api }: Harbour,
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

async function mergePull({ github, api }: Harbour): Promise<Act> {
  const [pull] = await api<{ number: number; title: string }[]>('GET', '/pulls');
  if (!pull) throw new Error('there is no pull request to merge');
  const { sha } = await api<{ sha: string }>('PUT', `/pulls/${pull.number}/merge`, {});
  await github.settled();
  return { commit: sha, pullRequest: { number: pull.number, title: pull.title, merged: true } };
}

async function push({ github, repository }: Harbour, message: string, files: Record<string, string>): Promise<Act> {
  const { sha } = await github.push(repository.fullName, { branch: 'main', files, message });
  await github.settled();
  return { commit: sha };
}

/** Asks the fleet itself, as a visitor would. */
async function answersOf(harbour: Harbour): Promise<Record<string, string>> {
  if (!harbour.repository.git.refs.get('refs/heads/flotilla')) return {};
  const urls = await recordedUrls(harbour, ['service/api', 'site/web']);
  const asked = Object.values(urls).map(async (url) => {
    const response = await fetch(url);
    const text = await response.text();
    const title = /<title>([^<]*)/.exec(text)?.[1];
    return [url, title ? `the page "${title}"` : text] as const;
  });
  return Object.fromEntries(await Promise.all(asked));
}

/** Everything that the story started on this machine goes, through the same door: the workflow's destroy. */
export async function tearDown({ api, github, repository }: Harbour): Promise<void> {
  await github.settled();
  if (!repository.git.refs.get('refs/heads/flotilla')) return;
  await api('POST', '/actions/workflows/flotilla.yml/dispatches', {
    ref: 'main',
    inputs: { command: 'destroy', allow: 'delete-protected' },
  });
  await github.settled();
  const last = [...repository.runs.values()].at(-1);
  if (last?.conclusion !== 'success') throw new Error(`destroying the fleet failed:\n${last ? logOf(last) : 'no run'}`);
}
