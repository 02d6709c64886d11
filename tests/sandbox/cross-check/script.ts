import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { verify } from '@octokit/webhooks-methods';
import type { WebhookReceiver } from '../webhook-receiver.ts';

/** One of the two: a GitHub with the repository `acme/fleet`, and the App `flotilla` installed on it. */
export interface Side {
  apiUrl: string;
  appId: number;
  privateKey: string;
  webhookSecret: string;
  hooks: WebhookReceiver;
  /** Resolves when all webhooks have been sent. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** What a side answered at one step: status and body; or, for a webhook, its event and payload. */
export type Answers = Record<string, unknown>;

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const author = { name: 'Ada', email: 'ada@acme.test', date: '2026-01-02T03:04:05Z' };

/** Does the same on a side, whichever it is: an App signs in, writes git objects, and opens and closes an issue. */
export async function runScript(side: Side): Promise<Answers> {
  const answers: Answers = {};
  const as =
    (client: Octokit) =>
    async (step: string, route: string, parameters: Record<string, unknown> = {}) => {
      const { status, data } = await client
        .request(route, { owner: 'acme', repo: 'fleet', ...parameters })
        .catch((error: { status: number; response: { data: unknown } }) => ({ ...error, data: error.response.data }));
      answers[step] = { status, body: data };
      return data;
    };
  const { apiUrl: baseUrl, appId, privateKey } = side;

  const app = as(new Octokit({ baseUrl, log: quiet, authStrategy: createAppAuth, auth: { appId, privateKey } }));
  await app('the App', 'GET /app');
  await app('installations', 'GET /app/installations');
  const { id } = await app('installation of a repository', 'GET /repos/{owner}/{repo}/installation');
  await app('installation', 'GET /app/installations/{id}', { id });
  const mint = 'POST /app/installations/{id}/access_tokens';
  await app('a token for more than was granted', mint, { id, permissions: { administration: 'write' } });
  const permissions = { contents: 'write', issues: 'write' };
  const { token } = await app('token', mint, { id, permissions });
  const stranger = new Octokit({ baseUrl, log: quiet, auth: 'ghs_nobody' });
  await as(stranger)('a token that nobody gave', 'GET /repos/{owner}/{repo}');

  const by = as(new Octokit({ baseUrl, log: quiet, auth: token }));
  await by('repository', 'GET /repos/{owner}/{repo}');
  await by('no repository', 'GET /repos/acme/none');
  await by('what the token may not', 'POST /repos/{owner}/{repo}/pulls', { title: 't', head: 'x', base: 'main' });
  await git(by);
  await issues(by);
  await side.settled();
  for (const { headers, body } of side.hooks.received) {
    const payload = JSON.parse(body) as { action?: string; created?: boolean; deleted?: boolean };
    const push = payload.created ? 'created' : payload.deleted ? 'deleted' : 'moved';
    const event = String(headers['x-github-event']);
    const signed = await verify(side.webhookSecret, body, String(headers['x-hub-signature-256']));
    answers[`webhook ${event} ${payload.action ?? push}`] = {
      signed,
      identified: /./.test(String(headers['x-github-delivery'])),
      type: headers['content-type'],
      payload,
    };
  }
  return answers;
}

type Ask = (step: string, route: string, parameters?: Record<string, unknown>) => Promise<any>;

/** From an empty tree, with fixed dates, so that both sides must come to the same object ids. */
async function git(ask: Ask): Promise<void> {
  const git = '/repos/{owner}/{repo}/git';
  const blob = await ask('blob', `POST ${git}/blobs`, { content: btoa('fleet: acme\n'), encoding: 'base64' });
  await ask('blob read', `GET ${git}/blobs/{sha}`, { sha: blob.sha });
  const file = { path: 'deploy/flotilla.yml', mode: '100644', type: 'blob', sha: blob.sha };
  const tree = await ask('tree', `POST ${git}/trees`, { tree: [file] });
  const more = { path: 'README.md', mode: '100644', type: 'blob', content: '# Fleet\n' };
  const next = await ask('tree on a tree', `POST ${git}/trees`, { base_tree: tree.sha, tree: [more] });
  await ask('tree read', `GET ${git}/trees/{sha}`, { sha: next.sha });
  await ask('tree read whole', `GET ${git}/trees/{sha}?recursive=1`, { sha: next.sha });
  const commit = { author, committer: author };
  const first = await ask('commit', `POST ${git}/commits`, {
    ...commit,
    message: 'one\n',
    tree: tree.sha,
    parents: [],
  });
  const second = await ask('commit on a commit', `POST ${git}/commits`, {
    ...commit,
    message: 'two\n\nand more\n',
    tree: next.sha,
    parents: [first.sha],
  });
  await ask('commit read', `GET ${git}/commits/{sha}`, { sha: second.sha });
  await ask('commit of nothing', `POST ${git}/commits`, {
    ...commit,
    message: 'no',
    tree: '0'.repeat(40),
    parents: [],
  });
  await ask('ref', `POST ${git}/refs`, { ref: 'refs/heads/state', sha: first.sha });
  await ask('ref that exists', `POST ${git}/refs`, { ref: 'refs/heads/state', sha: first.sha });
  await ask('ref moved', `PATCH ${git}/refs/heads/state`, { sha: second.sha, force: false });
  await ask('ref moved back', `PATCH ${git}/refs/heads/state`, { sha: first.sha, force: false });
  await ask('ref read', `GET ${git}/ref/heads/state`);
  await ask('ref that is not there', `GET ${git}/ref/heads/none`);
  await ask('file', 'GET /repos/{owner}/{repo}/contents/deploy/flotilla.yml?ref=state');
  await ask('folder', 'GET /repos/{owner}/{repo}/contents/?ref=state');
  await ask('branch', 'GET /repos/{owner}/{repo}/branches/state');
  await ask('history', 'GET /repos/{owner}/{repo}/commits?sha=state');
  await ask('compared', 'GET /repos/{owner}/{repo}/compare/{range}', { range: `${first.sha}...${second.sha}` });
  await ask('ref deleted', `DELETE ${git}/refs/heads/state`);
}

async function issues(ask: Ask): Promise<void> {
  const issues = '/repos/{owner}/{repo}/issues';
  await ask('label', 'POST /repos/{owner}/{repo}/labels', { name: 'incident', color: 'b60205', description: 'Down' });
  await ask('label that exists', 'POST /repos/{owner}/{repo}/labels', { name: 'incident', color: 'b60205' });
  const asked = { title: 'service/api is down', body: 'Since now.', labels: ['incident'] };
  const issue = await ask('issue', `POST ${issues}`, asked);
  const one = { number: issue.number };
  await ask('issue read', `GET ${issues}/{number}`, one);
  await ask('no issue', `GET ${issues}/{number}`, { number: 999 });
  const comment = await ask('comment', `POST ${issues}/{number}/comments`, { ...one, body: 'Still.' });
  await ask('comment changed', `PATCH ${issues}/comments/{id}`, { id: comment.id, body: 'Back.' });
  await ask('comments', `GET ${issues}/{number}/comments`, one);
  await ask('issue closed', `PATCH ${issues}/{number}`, { ...one, state: 'closed', state_reason: 'completed' });
  await ask('issues', `GET ${issues}?state=closed&labels=incident`);
  await ask('issues, open', `GET ${issues}?state=open&labels=incident`);
  await ask('issue locked', `PUT ${issues}/{number}/lock`, { ...one, lock_reason: 'resolved' });
  await ask('comment deleted', `DELETE ${issues}/comments/{id}`, { id: comment.id });
}
