import { isSigned, unsigned } from '../git/sign.ts';
import { formatCommit, type CommitObject, type Signature } from '../git/objects.ts';
import { nodeId } from '../node-id.ts';
import type { Account, Repository } from '../state.ts';
import type { World } from '../world.ts';
import { renderAccount, time } from './account.ts';
import { repositoryPage, repositoryUrl } from './repository.ts';

/** The address GitHub gives an account's commits made on its pages. */
export const noreplyAddress = ({ id, login }: Account): string => `${id}+${login}@users.noreply.github.com`;

/** The account a commit's address belongs to. */
export const accountByEmail = (world: World, email: string): Account | undefined => {
  const match = /^(\d+)\+(.+)@users\.noreply\.github\.com$/.exec(email);
  const account = match?.[2] ? world.state.accounts.get(match[2].toLowerCase()) : undefined;
  return account && String(account.id) === match?.[1] ? account : undefined;
};

const renderSignature = ({ name, email, date }: Signature) => ({ name, email, date: time(date) });

const verification = (commit: CommitObject) => {
  const { signature = null } = commit;
  const verified = isSigned(commit);
  return {
    verified,
    reason: verified ? 'valid' : signature === null ? 'unsigned' : 'invalid',
    signature,
    payload: signature === null ? null : formatCommit(unsigned(commit)).toString(),
    verified_at: verified ? time(commit.committer.date) : null,
  };
};

const author = (world: World, { email }: Signature) => {
  const account = accountByEmail(world, email);
  return account ? renderAccount(world, account) : null;
};

/** A commit as `/commits` shows it. */
export const renderCommit = (world: World, repository: Repository, oid: string, commit: CommitObject) => {
  const api = repositoryUrl(world, repository);
  const page = repositoryPage(world, repository);
  return {
    sha: oid,
    node_id: nodeId('Commit', repository.id, oid),
    commit: {
      author: renderSignature(commit.author),
      committer: renderSignature(commit.committer),
      message: commit.message.replace(/\n$/, ''),
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${oid}`,
      comment_count: 0,
      verification: verification(commit),
    },
    url: `${api}/commits/${oid}`,
    html_url: `${page}/commit/${oid}`,
    comments_url: `${api}/commits/${oid}/comments`,
    author: author(world, commit.author),
    committer: author(world, commit.committer),
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}`, html_url: `${page}/commit/${sha}` })),
  };
};

/** A commit as the git database endpoints show it. */
export const renderGitCommit = (world: World, repository: Repository, oid: string, commit: CommitObject) => {
  const api = repositoryUrl(world, repository);
  const page = repositoryPage(world, repository);
  return {
    sha: oid,
    node_id: nodeId('Commit', repository.id, oid),
    url: `${api}/git/commits/${oid}`,
    html_url: `${page}/commit/${oid}`,
    author: renderSignature(commit.author),
    committer: renderSignature(commit.committer),
    tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
    message: commit.message.replace(/\n$/, ''),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/git/commits/${sha}`,
      html_url: `${page}/commit/${sha}`,
    })),
    verification: verification(commit),
  };
};

/** The short form inside check suites and workflow runs. */
export const renderSimpleCommit = (oid: string, commit: CommitObject | undefined) => ({
  id: oid,
  tree_id: commit?.tree ?? '',
  message: commit?.message.replace(/\n$/, '') ?? '',
  timestamp: time(commit?.committer.date ?? new Date(0)),
  author: { name: commit?.author.name ?? '', email: commit?.author.email ?? '' },
  committer: { name: commit?.committer.name ?? '', email: commit?.committer.email ?? '' },
});
