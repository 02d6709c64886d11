import type { GitHubBranch } from './github-commit.ts';
import { isJournal } from './state-paths.ts';
import type { BlobRef, StateCommit } from './store.ts';

/** Commits in one answer, and the entries of folders that all of them may have together. */
const PAGE = 100;
const ENTRIES = 4_000;

const CALL = { kind: 'state', permission: 'contents: read' };

interface RestCommit {
  sha: string;
  commit: { committer: { email?: string } | null; verification?: { verified: boolean; reason: string } };
  author: { login: string } | null;
  committer: { login: string } | null;
}

interface CommitNode {
  oid: string;
  parents: { nodes: { oid: string }[] };
  tree: { entries: { name: string; type: string }[] };
  [folder: `e${number}`]: { object: { entries?: { name: string; oid: string; size: number; type: string }[] } | null };
}

interface Page {
  nodes: CommitNode[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/**
 * Every commit of the state branch with the journals in it and what GitHub says of its signature, children first: two requests
 * a hundred commits. None without the branch.
 */
export async function stateCommits(on: GitHubBranch): Promise<StateCommit[]> {
  const { github, repository, branch } = on;
  const { status, data } = await github.request<{ object: { sha: string } }>(
    'GET /repos/{owner}/{repo}/git/ref/{ref}',
    { ...repository, ref: `heads/${branch}` },
    { ...CALL, allow: [404, 409] },
  );
  if (status !== 200) return [];
  // From here on by the commit: the branch may move meanwhile.
  const head = data.object.sha;
  const [nodes, signatures] = await Promise.all([journalsOf(on, head), signaturesOf(on, head)]);
  // One that GitHub says nothing of is not taken for one that needs no signature.
  return nodes.map((commit) => ({ ...commit, signature: signatures.get(commit.id) ?? UNTOLD }));
}

const UNTOLD = { verified: false, reason: 'not told', author: null, committer: null };

async function journalsOf(on: GitHubBranch, head: string): Promise<StateCommit[]> {
  const commits: StateCommit[] = [];
  const environments = new Set<string>();
  let after: string | null = null;
  for (;;) {
    const names = [...environments];
    const page: Page = await pageOf(on, head, after, names);
    const known = environments.size;
    for (const { tree } of page.nodes)
      for (const { name, type } of tree.entries) if (type === 'tree') environments.add(name);
    // A folder that was not asked about yet: the same commits again, with it.
    if (environments.size > known) continue;
    commits.push(...page.nodes.map((node) => commitOf(node, names)));
    if (!page.pageInfo.hasNextPage) return commits;
    after = page.pageInfo.endCursor;
  }
}

async function pageOf(on: GitHubBranch, head: string, after: string | null, names: string[]): Promise<Page> {
  const first = Math.max(10, Math.min(PAGE, Math.floor(ENTRIES / Math.max(1, names.length))));
  const variables: Record<string, unknown> = { ...on.repository, head, after, first };
  const folders = names.map((name, index) => {
    variables[`p${index}`] = `${name}/events`;
    return `e${index}: file(path: $p${index}) { object { ... on Tree { entries { name type oid size } } } }`;
  });
  const document = `query Journals($owner: String!, $repo: String!, $head: GitObjectID!, $after: String, $first: Int!${names
    .map((_, index) => `, $p${index}: String!`)
    .join('')}) {
  repository(owner: $owner, name: $repo) {
    object(oid: $head) { ... on Commit { history(first: $first, after: $after) {
      nodes { oid parents(first: 10) { nodes { oid } } tree { entries { name type } } ${folders.join(' ')} }
      pageInfo { hasNextPage endCursor }
    } } }
  }
}`;
  const answer = await on.github.graphql<{ repository: { object: { history: Page } } }>(document, variables, CALL);
  return answer.repository.object.history;
}

function commitOf(node: CommitNode, names: readonly string[]): StateCommit {
  const journals = new Map<string, BlobRef>();
  for (const [index, name] of names.entries())
    for (const entry of node[`e${index}`]?.object?.entries ?? [])
      if (entry.type === 'blob' && isJournal(entry.name))
        journals.set(`${name}/events/${entry.name}`, { id: entry.oid, size: entry.size });
  return {
    id: node.oid,
    parents: node.parents.nodes.map(({ oid }) => oid),
    environments: node.tree.entries.filter(({ type }) => type === 'tree').map(({ name }) => name),
    journals,
  };
}

async function signaturesOf(
  { github, repository }: GitHubBranch,
  head: string,
): Promise<Map<string, NonNullable<StateCommit['signature']>>> {
  const found = new Map<string, NonNullable<StateCommit['signature']>>();
  for (let page = 1; ; page++) {
    const route = 'GET /repos/{owner}/{repo}/commits';
    const params = { ...repository, sha: head, per_page: PAGE, page };
    const { data } = await github.request<RestCommit[]>(route, params, CALL);
    for (const { sha, commit, author, committer } of data) {
      const { verified = false, reason = 'not told' } = commit.verification ?? {};
      const email = commit.committer?.email;
      const by = email === 'noreply@github.com' ? email : (committer?.login ?? null);
      found.set(sha, { verified, reason, author: author?.login ?? null, committer: by });
    }
    if (data.length < PAGE) return found;
  }
}
