import type { IncomingMessage, ServerResponse } from 'node:http';
import { atLeast, roleOf } from '../auth.ts';
import { HttpError } from '../errors.ts';
import { entryType } from '../git/objects.ts';
import { emitCheckRun } from '../operations/checks.ts';
import { addComment } from '../operations/issues.ts';
import { resolveRevision } from '../rest/revision.ts';
import type { CheckRun, Principal, Repository } from '../state.ts';
import type { World } from '../world.ts';
import { checkRunPage, runPage } from './checks.ts';
import { filesPage, historyPage } from './files.ts';
import { html } from '../../../model/html.ts';
import { contentSecurityPolicy, layout } from './layout.ts';
import { repositoriesPage } from './lists.ts';
import { threadPage, commitPage } from './threads.ts';

type Shown = string | { text: string | Buffer } | { to: string } | undefined;

/** The user behind the page: someone who may write, so that buttons and commands work. */
const visitor = (world: World, repository: Repository): Principal => {
  const users = [...world.state.accounts.values()].filter(({ type, login }) => type === 'User' && login !== 'ghost');
  const account = users.find((user) => atLeast(roleOf(repository, user), 'write')) ?? repository.owner;
  return { kind: 'user', account };
};

const checkNamed = (repository: Repository, id: string): CheckRun | undefined => repository.checks.get(Number(id));

const show = async (repository: Repository, parts: readonly string[]): Promise<Shown> => {
  const [kind, first = '', ...rest] = parts;
  switch (kind) {
    case undefined:
      return filesPage(repository);
    case 'tree':
    case 'blob':
      return filesPage(repository, first, rest.join('/'));
    case 'raw': {
      const oid = await resolveRevision(repository, first, (of, ref) => of.git.refs.get(ref));
      const commit = oid && (await repository.git.commit(oid));
      const entry = commit && (await repository.git.entry(commit.tree, rest.join('/')));
      const data = entry && entryType(entry.mode) === 'blob' ? await repository.git.blob(entry.oid) : undefined;
      return data && { text: data };
    }
    case 'commits':
      return historyPage(repository, first);
    case 'commit':
      return commitPage(repository, first);
    case 'pull':
    case 'issues': {
      const issue = repository.issues.get(Number(first));
      return issue && threadPage(repository, issue);
    }
    case 'runs': {
      const run = checkNamed(repository, first);
      return run && checkRunPage(repository, run);
    }
    case 'actions': {
      const run = repository.runs.get(Number(rest[0]));
      return run && runPage(repository, run);
    }
    case 'logs': {
      const job = [...repository.runs.values()].flatMap(({ jobs }) => jobs).find(({ id }) => id === Number(first));
      return job && { text: job.steps.map(({ name, log }) => `##[group]${name}\n${log}\n##[endgroup]\n`).join('') };
    }
    default:
      return undefined;
  }
};

const change = (world: World, repository: Repository, parts: readonly string[], form: URLSearchParams): Shown => {
  const by = visitor(world, repository);
  const [kind, id = '', what] = parts;
  const back = { to: `/${repository.fullName}/${kind}/${id}` };
  if ((kind === 'pull' || kind === 'issues') && what === 'comment') {
    const issue = repository.issues.get(Number(id));
    if (!issue) return undefined;
    addComment(world, repository, issue, form.get('body')?.replaceAll('\r\n', '\n') ?? '', by);
    return back;
  }
  const run = kind === 'runs' ? checkNamed(repository, id) : undefined;
  if (!run) return undefined;
  if (what === 'rerequest') emitCheckRun(world, repository, run, 'rerequested', by);
  else {
    const identifier = form.get('identifier') ?? '';
    if (!run.actions.some((action) => action.identifier === identifier)) return undefined;
    emitCheckRun(world, repository, run, 'requested_action', by, { requested_action: { identifier } });
  }
  return back;
};

/** Only the page's own forms may change things: another site's page must not reach them through the browser. */
const isOwnForm = (request: IncomingMessage): boolean =>
  request.headers.origin === `http://${request.headers.host}` &&
  (request.headers['sec-fetch-site'] ?? 'same-origin') === 'same-origin';

const readForm = async (request: IncomingMessage): Promise<URLSearchParams> => {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > 300_000) throw new HttpError(413, 'That is too long.');
  }
  return new URLSearchParams(text);
};

/** Serves the web pages. */
export const servePage = async (
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> => {
  const send = (status: number, type: string, body: string | Buffer): void => {
    response.writeHead(status, {
      'content-type': type,
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  const sorry = (status: number, message: string): void =>
    send(
      status,
      'text/html; charset=utf-8',
      layout({
        title: message,
        body: html`<h1>${message}</h1>
          <p class="lead"><a href="/">All repositories</a></p>`,
      }),
    );
  let shown: Shown;
  try {
    const parts = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
    const repository = world.state.repositories.get(`${parts[0]}/${parts[1]}`.toLowerCase());
    if (request.method === 'POST') {
      if (!isOwnForm(request)) return sorry(403, 'This came from another site.');
      const form = await readForm(request);
      shown = repository && change(world, repository, parts.slice(2), form);
    } else if (parts.length === 0) shown = repositoriesPage(world);
    else shown = repository && (await show(repository, parts.slice(2)));
  } catch (error) {
    if (error instanceof URIError) return sorry(400, 'This is no address.');
    if (error instanceof HttpError) return sorry(error.status, error.message);
    throw error;
  }
  if (shown === undefined) return sorry(404, 'There is nothing here.');
  if (typeof shown === 'string') return send(200, 'text/html; charset=utf-8', shown);
  if ('text' in shown) return send(200, 'text/plain; charset=utf-8', shown.text);
  response.writeHead(303, { location: shown.to });
  response.end();
};
