import { diffCommits } from '../git/diff.ts';
import type { FileChange } from '../git/diff.ts';
import { latestRuns } from '../render/check.ts';
import { pullFiles } from '../operations/pull-sync.ts';
import type { CheckRun, Issue, Repository } from '../state.ts';
import { isPullRequest } from '../state.ts';
import { excerpts, patched } from './code.ts';
import type { Note } from './code.ts';
import type { Html } from '../../../model/html.ts';
import { html } from '../../../model/html.ts';
import { layout } from './layout.ts';
import { actionButtons } from './checks.ts';
import { renderMarkdown } from './markdown.ts';
import { home, issueState, labels, mark, short, stateOf, when } from './parts.ts';

const post = (author: string, date: Date, body: string | null): Html =>
  html`<section class="card">
    <div class="head"><strong>${author}</strong><span class="faint small">${when(date)}</span></div>
    <div class="body markdown">${body ? renderMarkdown(body) : html`<p class="faint">No description.</p>`}</div>
  </section>`;

const conversation = (repository: Repository, issue: Issue): Html => {
  const comments = [...repository.comments.values()].filter((comment) => comment.issue === issue);
  const to = `${home(repository)}/${issue.pull ? 'pull' : 'issues'}/${issue.number}/comment`;
  return html`${comments.map(({ id, author, createdAt, body }) => html`<div id="issuecomment-${id}">${post(author.login, createdAt, body)}</div>`)}
    <section class="card">
      <form class="comment body" method="post" action="${to}">
        <label for="comment" class="small faint">Comment</label
        ><textarea
          id="comment"
          name="body"
          required
          placeholder="Write a comment, or a command such as /flotilla plan"
        ></textarea>
        <button class="main">Comment</button>
      </form>
    </section>`;
};

const checkCard = (repository: Repository, run: CheckRun): Html =>
  html`<details class="step" ${run.conclusion === 'success' ? '' : html` open`}>
    <summary>
      ${mark(stateOf(run))} <strong>${run.name}</strong>
      <span class="faint">${run.output.title ?? stateOf(run).replaceAll('_', ' ')}</span>
    </summary>
    <div class="body">
      ${run.output.summary && html`<div class="markdown">${renderMarkdown(run.output.summary)}</div>`}
      ${actionButtons(repository, run)}
      <p class="small"><a href="${home(repository)}/runs/${run.id}">Details</a></p>
    </div>
  </details>`;

const fileCard = async (
  repository: Repository,
  headSha: string,
  path: string,
  file: FileChange | undefined,
  notes: readonly Note[],
): Promise<Html> => {
  const patch = file?.patch === undefined ? undefined : patched(file.patch, notes);
  const others = notes.filter((note) => !patch?.shown.has(note));
  const text = others.length > 0 ? await repository.git.fileAt(headSha, path) : undefined;
  const facts = file
    ? html`<span class="good">+${file.additions}</span> <span class="bad">−${file.deletions}</span>
        <span class="faint">${file.status}</span>`
    : html`<span class="faint">not changed here</span>`;
  return html`<section class="card">
    <div class="head">
      <h2 class="mono">${path}</h2>
      <span class="small">${facts}</span>
    </div>
    ${patch?.markup}${text !== undefined && excerpts(text, others)}
    ${!patch && text === undefined && html`<p class="empty">${others.length > 0 ? others.map(({ annotation }) => annotation.message).join('\n') : 'Nothing to show.'}</p>`}
  </section>`;
};

/** Changed files and files that checks speak about. */
const fileCards = async (
  repository: Repository,
  headSha: string,
  files: readonly FileChange[],
  runs: readonly CheckRun[],
): Promise<Html[]> => {
  const notes = runs.flatMap((run) => run.annotations.map((annotation) => ({ annotation, run })));
  const paths = new Set([...files.map(({ path }) => path), ...notes.map(({ annotation }) => annotation.path)]);
  return Promise.all(
    [...paths].map((path) =>
      fileCard(
        repository,
        headSha,
        path,
        files.find((file) => file.path === path),
        notes.filter(({ annotation }) => annotation.path === path),
      ),
    ),
  );
};

const runsOf = (repository: Repository, sha: string): CheckRun[] =>
  latestRuns([...repository.checks.values()].filter(({ headSha }) => headSha === sha));

const checksSection = (repository: Repository, runs: readonly CheckRun[]): Html =>
  html`<section class="card">
    <div class="head">
      <h2>Checks</h2>
      <span class="faint small"
        >${runs.length === 0 ? 'none yet' : `${runs.filter(({ conclusion }) => conclusion === 'success').length} of ${runs.length} successful`}</span
      >
    </div>
    ${runs.map((run) => checkCard(repository, run))}
  </section>`;

/** An issue or a pull request. */
export const threadPage = async (repository: Repository, issue: Issue): Promise<string> => {
  const head = html`<h1>${issue.title} <span class="faint">#${issue.number}</span></h1>`;
  const crumbs = [
    [repository.fullName, home(repository)],
    [`#${issue.number}`, `${home(repository)}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`],
  ] as const;
  const opening = post(issue.author.login, issue.createdAt, issue.body);
  if (!isPullRequest(issue))
    return layout({
      title: issue.title,
      crumbs,
      body: html`${head}
        <p class="lead">${issueState(issue)} opened by ${issue.author.login}${labels(issue.labels)}</p>
        ${opening}${conversation(repository, issue)}`,
    });
  const { pull } = issue;
  const runs = runsOf(repository, pull.headSha);
  const cards = await fileCards(repository, pull.headSha, await pullFiles(repository, issue), runs);
  const from = pull.headRepository === repository ? pull.headRef : `${pull.headOwner.login}:${pull.headRef}`;
  return layout({
    title: issue.title,
    crumbs,
    live: runs.some(({ status }) => status !== 'completed'),
    body: html`${head}
      <p class="lead">
        ${issueState(issue)} ${issue.author.login} wants to merge <span class="mono">${from}</span> into
        <span class="mono">${pull.baseRef}</span>${labels(issue.labels)}
      </p>
      ${opening}${checksSection(repository, runs)}${cards}${conversation(repository, issue)}`,
  });
};

/** One commit: what it changed and what checks said of it. */
export const commitPage = async (repository: Repository, oid: string): Promise<string | undefined> => {
  const commit = await repository.git.commit(oid);
  if (!commit) return undefined;
  const runs = runsOf(repository, oid);
  const [headline = '', ...rest] = commit.message.split('\n');
  return layout({
    title: headline,
    crumbs: [
      [repository.fullName, home(repository)],
      [short(oid), `${home(repository)}/commit/${oid}`],
    ],
    live: runs.some(({ status }) => status !== 'completed'),
    body: html`<h1>${headline}</h1>
      <p class="lead">${commit.author.name}, ${when(commit.committer.date)} · <span class="mono">${oid}</span></p>
      ${rest.join('\n').trim() !== '' && html`<section class="card"><pre class="log">${rest.join('\n').trim()}</pre></section>`}
      ${runs.length > 0 && checksSection(repository, runs)}
      ${await fileCards(repository, oid, await diffCommits(repository.git, commit.parents[0], oid), runs)}`,
  });
};
