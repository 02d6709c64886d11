import { entryType } from '../git/objects.ts';
import type { TreeEntry } from '../git/objects.ts';
import type { Repository } from '../state.ts';
import { resolveRevision } from '../rest/revision.ts';
import { numbered } from './code.ts';
import type { Html } from '../../../model/html.ts';
import { html } from '../../../model/html.ts';
import { layout } from './layout.ts';
import { activity, isLive } from './lists.ts';
import { renderMarkdown } from './markdown.ts';
import { home, pathIn, short, when } from './parts.ts';

/** Bytes of a file shown at most. */
const shownBytes = 400_000;
/** Where fleets keep their state unless told otherwise. */
const stateBranch = 'flotilla';

const now = (repository: Repository, ref: string): string | undefined => repository.git.refs.get(ref);

const branchPicker = (repository: Repository, current: string): Html =>
  html`<nav class="actions small" aria-label="Branches">
    ${repository.git.refs.list('refs/heads/').map(({ ref }) => {
      const name = ref.slice('refs/heads/'.length);
      return name === current
        ? html`<strong>${name}</strong>`
        : html`<a href="${pathIn(repository, 'tree', name)}">${name}</a>`;
    })}
  </nav>`;

const sorted = (entries: readonly TreeEntry[]): TreeEntry[] =>
  entries.toSorted((a, b) => Number(entryType(b.mode) === 'tree') - Number(entryType(a.mode) === 'tree'));

const listing = (repository: Repository, ref: string, path: string, entries: readonly TreeEntry[]): Html =>
  html`<ul class="rows">
    ${sorted(entries).map(({ name, mode }) => {
      const folder = entryType(mode) === 'tree';
      const to = pathIn(repository, folder ? 'tree' : 'blob', ref, path === '' ? name : `${path}/${name}`);
      return html`<li>
        <span class="mark faint">${folder ? '▸' : '·'}</span><a class="grow" href="${to}">${name}${folder && '/'}</a>
      </li>`;
    })}
  </ul>`;

const fileCard = async (repository: Repository, title: string, entry: TreeEntry): Promise<Html> => {
  const data = (await repository.git.blob(entry.oid)) ?? Buffer.alloc(0);
  const binary = data.subarray(0, 8000).includes(0);
  const text = data.toString('utf8', 0, shownBytes);
  const body = binary
    ? html`<p class="empty">A binary file of ${data.length} bytes.</p>`
    : /\.md$/i.test(title)
      ? html`<div class="body markdown">${renderMarkdown(text)}</div>`
      : numbered(text);
  return html`<section class="card">
    <div class="head">
      <h2 class="mono">${title}</h2>
      <span class="faint small">${data.length} bytes</span>
    </div>
    ${body}
  </section>`;
};

/** What the last commit of a revision was. */
const lastCommit = async (repository: Repository, oid: string): Promise<Html> => {
  const commit = await repository.git.commit(oid);
  return html`<span class="mono"><a href="${home(repository)}/commit/${oid}">${short(oid)}</a></span>
    ${commit?.message.split('\n')[0]}
    <span class="faint">— ${commit?.author.name}, ${commit && when(commit.committer.date)}</span>`;
};

/** What the fleet's state branch says of itself. */
const stateCard = async (repository: Repository): Promise<Html> => {
  const head = now(repository, `refs/heads/${stateBranch}`);
  const readme = head && (await repository.git.fileAt(head, 'README.md'));
  if (!head || readme === undefined) return html``;
  return html`<section class="card">
    <div class="head">
      <h2>The fleet</h2>
      <a class="small" href="${pathIn(repository, 'tree', stateBranch)}">branch ${stateBranch}</a>
    </div>
    <div class="body small">${await lastCommit(repository, head)}</div>
    <div class="body markdown">${renderMarkdown(readme)}</div>
  </section>`;
};

/** A folder or file at a revision; the root of the default branch is the repository's own page. */
export const filesPage = async (
  repository: Repository,
  ref: string = repository.defaultBranch,
  path = '',
): Promise<string | undefined> => {
  const oid = await resolveRevision(repository, ref, now);
  const commit = oid && (await repository.git.commit(oid));
  const entry = commit && (await repository.git.entry(commit.tree, path));
  const isHome = ref === repository.defaultBranch && path === '';
  if ((!oid || !entry) && !isHome) return undefined;
  const folder = entry && entryType(entry.mode) === 'tree';
  const entries = folder ? ((await repository.git.tree(entry.oid)) ?? []) : [];
  const readable = entries.filter(({ name }) => name === 'flotilla.yml' || /^readme\.md$/i.test(name));
  // The state branch's readme is what people come for: it stands above the files there.
  const opened = await Promise.all(readable.toReversed().map((one) => fileCard(repository, one.name, one)));
  if (isHome) opened.push(await stateCard(repository));
  const files = folder
    ? html`<section class="card">
        <div class="head">${branchPicker(repository, ref)}</div>
        <div class="body small">${oid && (await lastCommit(repository, oid))}</div>
        ${listing(repository, ref, path, entries)}
      </section>`
    : entry
      ? await fileCard(repository, path, entry)
      : html`<p class="card empty">This repository is empty.</p>`;
  const content = isHome ? html`${files}${opened}` : html`${opened}${files}`;
  return layout({
    title: path === '' ? repository.fullName : `${path} in ${repository.fullName}`,
    crumbs: [
      [repository.fullName, home(repository)],
      ...(isHome ? [] : [[ref, pathIn(repository, 'tree', ref)] as const]),
      ...path
        .split('/')
        .filter((part) => part !== '')
        .map(
          (part, at, all) =>
            [
              part,
              pathIn(
                repository,
                at === all.length - 1 && !folder ? 'blob' : 'tree',
                ref,
                all.slice(0, at + 1).join('/'),
              ),
            ] as const,
        ),
    ],
    live: isHome && isLive(repository),
    body: isHome
      ? html`<h1>${repository.fullName}</h1>
          <p class="lead">
            ${repository.description ?? (repository.private ? 'A private repository' : 'A public repository')}
          </p>
          <div class="columns">
            <div>${content}</div>
            <aside>${activity(repository)}</aside>
          </div>`
      : html`<h1>${path === '' ? ref : path}</h1>
          <p class="lead">
            ${path === '' ? 'A branch' : ref} of ${repository.fullName} ·
            <a href="${home(repository)}/commits/${encodeURIComponent(ref)}">history</a>
          </p>
          ${content}`,
  });
};

/** The newest commits of a branch. */
export const historyPage = async (repository: Repository, ref: string): Promise<string | undefined> => {
  const oid = await resolveRevision(repository, ref, now);
  if (!oid) return undefined;
  const rows = await Promise.all(
    (await repository.git.history(oid, { limit: 100 })).map(
      async (one) => html`<li>${await lastCommit(repository, one)}</li>`,
    ),
  );
  return layout({
    title: `History of ${ref}`,
    crumbs: [
      [repository.fullName, home(repository)],
      [ref, pathIn(repository, 'tree', ref)],
    ],
    body: html`<h1>History</h1>
      <p class="lead">The last ${rows.length} commits of ${ref}</p>
      <section class="card">
        <ul class="rows">
          ${rows}
        </ul>
      </section>`,
  });
};
