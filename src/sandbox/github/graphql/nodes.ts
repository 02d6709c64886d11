import { canSee, roleOf } from '../auth.ts';
import type { FileChange } from '../git/diff.ts';
import { nodeId, parseNodeId } from '../node-id.ts';
import { pullFiles, testMerge } from '../operations/pull-sync.ts';
import { time, timeOrNull } from '../render/account.ts';
import { issueNodeId, issuePage } from '../render/issue.ts';
import { repositoryPage } from '../render/repository.ts';
import type { Comment, Deployment, DeploymentStatus, Issue, Label, PullRequest, Repository } from '../state.ts';
import { isPullRequest } from '../state.ts';
import { accountNode } from './account-node.ts';
import type { PageArguments } from './connection.ts';
import { connect } from './connection.ts';
import type { GraphqlContext } from './context.ts';
import { failure, permit, unresolvable } from './context.ts';
import { expressionNode, gitNode, refNode } from './git-nodes.ts';

export const labelNode = (context: GraphqlContext, repository: Repository, label: Label) => ({
  __typename: 'Label',
  id: nodeId('Label', label.id),
  name: label.name,
  color: label.color,
  description: label.description,
  isDefault: label.isDefault,
  url: `${repositoryPage(context.world, repository)}/labels/${encodeURIComponent(label.name)}`,
  repository: () => context.repositoryNode(repository),
});

export const commentNode = (context: GraphqlContext, repository: Repository, comment: Comment) => ({
  __typename: 'IssueComment',
  id: nodeId('IssueComment', comment.id),
  databaseId: comment.id,
  author: () => accountNode(context, comment.author),
  body: comment.body,
  createdAt: time(comment.createdAt),
  updatedAt: time(comment.updatedAt),
  url: `${issuePage(context.world, repository, comment.issue)}#issuecomment-${comment.id}`,
  issue: () => issueNode(context, repository, comment.issue),
});

/** What issues and pull requests share. */
const threadFields = (context: GraphqlContext, repository: Repository, issue: Issue) => ({
  id: issueNodeId(issue),
  number: issue.number,
  title: issue.title,
  body: issue.body ?? '',
  author: () => accountNode(context, issue.author),
  url: issuePage(context.world, repository, issue),
  closed: issue.state === 'closed',
  createdAt: time(issue.createdAt),
  updatedAt: time(issue.updatedAt),
  closedAt: timeOrNull(issue.closedAt),
  repository: () => context.repositoryNode(repository),
  labels: (page: PageArguments) =>
    connect('labels', issue.labels, page, (label) => labelNode(context, repository, label)),
  comments: (page: PageArguments) =>
    connect(
      'comments',
      [...repository.comments.values()].filter((comment) => comment.issue === issue),
      page,
      (comment) => commentNode(context, repository, comment),
    ),
});

export const issueNode = (context: GraphqlContext, repository: Repository, issue: Issue) => ({
  __typename: 'Issue',
  ...threadFields(context, repository, issue),
  databaseId: issue.id,
  state: issue.state.toUpperCase(),
  stateReason: issue.stateReason?.toUpperCase() ?? null,
});

const changeTypes: Record<FileChange['status'], string> = {
  added: 'ADDED',
  removed: 'DELETED',
  modified: 'MODIFIED',
  renamed: 'RENAMED',
  changed: 'CHANGED',
};

export const pullNode = (context: GraphqlContext, repository: Repository, issue: PullRequest) => {
  const { pull } = issue;
  const branch = (of: Repository | undefined, name: string) => {
    const oid = of && context.ref(of, `refs/heads/${name}`);
    return of && oid ? refNode(context, of, `refs/heads/${name}`, oid) : null;
  };
  return {
    __typename: 'PullRequest',
    ...threadFields(context, repository, issue),
    fullDatabaseId: String(pull.id),
    state: pull.merged ? 'MERGED' : issue.state.toUpperCase(),
    isCrossRepository: pull.headRepository !== repository,
    isDraft: pull.draft,
    merged: pull.merged,
    mergedAt: timeOrNull(pull.mergedAt),
    headRefName: pull.headRef,
    headRefOid: pull.headSha,
    baseRefName: pull.baseRef,
    baseRefOid: pull.baseSha,
    headRepository: () => (pull.headRepository ? repositoryNode(context, pull.headRepository) : null),
    headRef: () => branch(pull.headRepository, pull.headRef),
    baseRef: () => branch(repository, pull.baseRef),
    mergeable: async () =>
      issue.state === 'closed' ? 'UNKNOWN' : (await testMerge(repository, issue)) ? 'MERGEABLE' : 'CONFLICTING',
    mergeCommit: () => (pull.merged && pull.mergeCommitSha ? gitNode(context, repository, pull.mergeCommitSha) : null),
    changedFiles: async () => (await pullFiles(repository, issue)).length,
    files: async (page: PageArguments) =>
      connect('files', await pullFiles(repository, issue), page, ({ path, status, additions, deletions }) => ({
        path,
        additions,
        deletions,
        changeType: changeTypes[status],
      })),
  };
};

const statusNode = (
  context: GraphqlContext,
  repository: Repository,
  deployment: Deployment,
  status: DeploymentStatus,
) => ({
  __typename: 'DeploymentStatus',
  id: nodeId('DeploymentStatus', status.id),
  state: status.state.toUpperCase(),
  description: status.description,
  environment: status.environment,
  environmentUrl: status.environmentUrl || null,
  logUrl: status.logUrl || null,
  creator: () => accountNode(context, status.creator),
  createdAt: time(status.createdAt),
  updatedAt: time(status.createdAt),
  deployment: () => deploymentNode(context, repository, deployment),
});

const deploymentNode = (context: GraphqlContext, repository: Repository, deployment: Deployment) => {
  const latest = deployment.statuses.at(-1);
  return {
    __typename: 'Deployment',
    id: nodeId('Deployment', deployment.id),
    databaseId: deployment.id,
    commitOid: deployment.sha,
    environment: deployment.environment,
    description: deployment.description,
    task: deployment.task,
    payload: JSON.stringify(deployment.payload),
    state: latest === undefined ? 'PENDING' : latest.state === 'success' ? 'ACTIVE' : latest.state.toUpperCase(),
    creator: () => accountNode(context, deployment.creator),
    createdAt: time(deployment.createdAt),
    updatedAt: time(deployment.updatedAt),
    repository: () => context.repositoryNode(repository),
    latestStatus: () => (latest ? statusNode(context, repository, deployment, latest) : null),
    statuses: (page: PageArguments) =>
      connect('statuses', deployment.statuses.toReversed(), page, (status) =>
        statusNode(context, repository, deployment, status),
      ),
  };
};

interface ThreadFilter {
  labels?: string[] | null;
  states?: string[] | null;
  orderBy?: { direction: 'ASC' | 'DESC'; field: string } | null;
}

const stateOf = (issue: Issue): string => (issue.pull?.merged ? 'MERGED' : issue.state.toUpperCase());

/** Issues or pull requests by label (any of them), state and order. */
const threads = <T extends Issue>(items: readonly T[], { labels, states, orderBy }: ThreadFilter): T[] => {
  const wanted = labels?.map((name) => name.toLowerCase());
  const found = items.filter(
    (issue) =>
      (!states || states.includes(stateOf(issue))) &&
      (!wanted || issue.labels.some(({ name }) => wanted.includes(name.toLowerCase()))),
  );
  const at = (issue: Issue): number => (orderBy?.field === 'UPDATED_AT' ? issue.updatedAt : issue.createdAt).getTime();
  if (orderBy) found.sort((a, b) => (at(a) - at(b) || a.number - b.number) * (orderBy.direction === 'ASC' ? 1 : -1));
  return found;
};

const missing = (kind: string, number: number) =>
  failure('NOT_FOUND', `Could not resolve to ${kind} with the number of ${number}.`);

export const repositoryNode = (context: GraphqlContext, repository: Repository) => {
  const reads = (permission: string): void => permit(context, repository, { permission, level: 'read' });
  const issues = () => [...repository.issues.values()].filter((issue) => !issue.pull);
  const pulls = () => [...repository.issues.values()].filter(isPullRequest);
  return {
    __typename: 'Repository',
    id: nodeId('Repository', repository.id),
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: repository.fullName,
    isPrivate: repository.private,
    isFork: repository.parent !== undefined,
    isEmpty: () => repository.git.refs.list('refs/heads/').length === 0,
    url: repositoryPage(context.world, repository),
    owner: () => accountNode(context, repository.owner),
    viewerPermission: () =>
      context.principal.kind === 'user'
        ? roleOf(repository, context.principal.account).toUpperCase().replace('NONE', 'READ')
        : null,
    defaultBranchRef: () => {
      reads('contents');
      const ref = `refs/heads/${repository.defaultBranch}`;
      const oid = context.ref(repository, ref);
      return oid ? refNode(context, repository, ref, oid) : null;
    },
    ref: ({ qualifiedName }: { qualifiedName: string }) => {
      reads('contents');
      const names = qualifiedName.startsWith('refs/')
        ? [qualifiedName]
        : [`refs/heads/${qualifiedName}`, `refs/tags/${qualifiedName}`, `refs/${qualifiedName}`];
      for (const name of names) {
        const oid = context.ref(repository, name);
        if (oid) return refNode(context, repository, name, oid);
      }
      return null;
    },
    refs: (asked: PageArguments & { refPrefix: string; query?: string | null }) => {
      reads('contents');
      const prefix = asked.refPrefix.endsWith('/') ? asked.refPrefix : `${asked.refPrefix}/`;
      const found = repository.git.refs
        .list(prefix)
        .filter(({ ref }) => !asked.query || ref.slice(prefix.length).includes(asked.query));
      return connect('refs', found, asked, ({ ref, oid }) => refNode(context, repository, ref, oid));
    },
    object: ({ expression, oid }: { expression?: string | null; oid?: string | null }) => {
      reads('contents');
      if (oid) return gitNode(context, repository, oid);
      if (expression) return expressionNode(context, repository, expression);
      throw failure('UNPROCESSABLE', 'One of `expression` or `oid` must be given.');
    },
    issue: ({ number }: { number: number }) => {
      reads('issues');
      const issue = repository.issues.get(number);
      if (!issue || issue.pull) throw missing('an Issue', number);
      return issueNode(context, repository, issue);
    },
    pullRequest: ({ number }: { number: number }) => {
      reads('pull_requests');
      const issue = repository.issues.get(number);
      if (!issue || !isPullRequest(issue)) throw missing('a PullRequest', number);
      return pullNode(context, repository, issue);
    },
    issueOrPullRequest: ({ number }: { number: number }) => {
      reads('issues');
      const issue = repository.issues.get(number);
      if (!issue) throw missing('an issue or pull request', number);
      return isPullRequest(issue) ? pullNode(context, repository, issue) : issueNode(context, repository, issue);
    },
    issues: (asked: PageArguments & ThreadFilter & { filterBy?: ThreadFilter | null }) => {
      reads('issues');
      const filter = { ...asked.filterBy, ...asked };
      return connect('issues', threads(issues(), filter), asked, (issue) => issueNode(context, repository, issue));
    },
    pullRequests: (
      asked: PageArguments & ThreadFilter & { baseRefName?: string | null; headRefName?: string | null },
    ) => {
      reads('pull_requests');
      const found = threads(pulls(), asked).filter(
        ({ pull }) =>
          (!asked.baseRefName || pull.baseRef === asked.baseRefName) &&
          (!asked.headRefName || pull.headRef === asked.headRefName),
      );
      return connect('pullRequests', found, asked, (issue) => pullNode(context, repository, issue));
    },
    label: ({ name }: { name: string }) => {
      const label = repository.labels.get(name.toLowerCase());
      return label ? labelNode(context, repository, label) : null;
    },
    labels: (asked: PageArguments & { query?: string | null }) =>
      connect(
        'labels',
        [...repository.labels.values()].filter(({ name }) => !asked.query || name.includes(asked.query)),
        asked,
        (label) => labelNode(context, repository, label),
      ),
    deployments: (
      asked: PageArguments & { environments?: string[] | null; orderBy?: { direction: 'ASC' | 'DESC' } | null },
    ) => {
      reads('deployments');
      const found = [...repository.deployments.values()].filter(
        ({ environment }) => !asked.environments || asked.environments.includes(environment),
      );
      if (asked.orderBy?.direction === 'DESC') found.reverse();
      return connect('deployments', found, asked, (deployment) => deploymentNode(context, repository, deployment));
    },
  };
};

/** The repository behind a global id. @throws GraphQLError NOT_FOUND */
export const repositoryById = (context: GraphqlContext, id: string): Repository => {
  const parsed = parseNodeId(id);
  const repository =
    parsed?.type === 'Repository' ? context.world.state.repositoriesById.get(Number(parsed.key[0])) : undefined;
  if (!repository || !canSee(context.principal, repository)) throw unresolvable(id);
  return repository;
};

export interface ThreadPlace {
  repository: Repository;
  issue: Issue;
}

/** The issue or pull request behind a global id. @throws GraphQLError NOT_FOUND */
export const issueById = (context: GraphqlContext, id: string): ThreadPlace => {
  for (const repository of context.world.state.repositories.values())
    for (const issue of repository.issues.values())
      if (issueNodeId(issue) === id && canSee(context.principal, repository)) return { repository, issue };
  throw unresolvable(id);
};

/** Any node by its id. */
export const nodeById = (context: GraphqlContext, id: string): unknown => {
  const parsed = parseNodeId(id);
  const [first = '', second = ''] = parsed?.key ?? [];
  switch (parsed?.type) {
    case 'Repository':
      return repositoryNode(context, repositoryById(context, id));
    case 'Issue':
    case 'PullRequest': {
      const { repository, issue } = issueById(context, id);
      return isPullRequest(issue) ? pullNode(context, repository, issue) : issueNode(context, repository, issue);
    }
    case 'Commit':
    case 'Tree':
    case 'Blob':
    case 'Ref': {
      const repository = repositoryById(context, nodeId('Repository', first));
      permit(context, repository, { permission: 'contents', level: 'read' });
      if (parsed.type !== 'Ref') return gitNode(context, repository, second);
      const oid = context.ref(repository, second);
      return oid ? refNode(context, repository, second, oid) : null;
    }
    case 'User':
    case 'Organization':
    case 'Bot': {
      const account = [...context.world.state.accounts.values()].find((one) => String(one.id) === first);
      if (account) return accountNode(context, account);
      throw unresolvable(id);
    }
    default:
      throw unresolvable(id);
  }
};
