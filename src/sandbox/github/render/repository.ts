import { nodeId } from '../node-id.ts';
import type { Repository } from '../state.ts';
import type { World } from '../world.ts';
import { renderAccount, time } from './account.ts';

export const repositoryUrl = (world: World, repository: Repository): string =>
  `${world.urls.api}/repos/${repository.fullName}`;

export const repositoryPage = (world: World, repository: Repository): string =>
  `${world.urls.server}/${repository.fullName}`;

/** Where each `…_url` of a repository leads, below its own URL. */
const links: Record<string, string> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

export const renderMinimalRepository = (world: World, repository: Repository) => {
  const url = repositoryUrl(world, repository);
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: repository.private,
    owner: renderAccount(world, repository.owner),
    html_url: repositoryPage(world, repository),
    description: repository.description,
    fork: repository.parent !== undefined,
    url,
    ...Object.fromEntries(Object.entries(links).map(([name, path]) => [name, url + path])),
  };
};

export const renderRepository = (world: World, repository: Repository) => {
  const page = repositoryPage(world, repository);
  const open = [...repository.issues.values()].filter(({ state }) => state === 'open').length;
  const forks = [...world.state.repositories.values()].filter(({ parent }) => parent === repository).length;
  return {
    ...renderMinimalRepository(world, repository),
    created_at: time(repository.createdAt),
    updated_at: time(repository.pushedAt),
    pushed_at: time(repository.pushedAt),
    git_url: `${page.replace(/^http/, 'git')}.git`,
    ssh_url: `git@${new URL(world.urls.server).hostname}:${repository.fullName}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    homepage: null,
    size: 1,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: false,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: forks,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: open,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.private ? 'private' : 'public',
    forks,
    open_issues: open,
    watchers: 0,
    default_branch: repository.defaultBranch,
  };
};

export const renderFullRepository = (world: World, repository: Repository): Record<string, unknown> => ({
  ...renderRepository(world, repository),
  network_count: 0,
  subscribers_count: 0,
  allow_merge_commit: true,
  allow_squash_merge: true,
  allow_rebase_merge: true,
  allow_auto_merge: false,
  delete_branch_on_merge: false,
  ...(repository.parent
    ? { parent: renderRepository(world, repository.parent), source: renderRepository(world, repository.parent) }
    : {}),
});
