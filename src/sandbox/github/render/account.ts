import { nodeId } from '../node-id.ts';
import type { Account, App, Installation } from '../state.ts';
import type { World } from '../world.ts';

/** GitHub writes times to the second. */
export const time = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

export const timeOrNull = (date: Date | null | undefined): string | null => (date ? time(date) : null);

export const renderAccount = (world: World, account: Account) => {
  const { login, id, type } = account;
  const url = `${world.urls.api}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: nodeId(type, id),
    avatar_url: `${world.urls.server}/avatars/${id}`,
    gravatar_id: '',
    url,
    html_url: `${world.urls.server}/${encodeURIComponent(login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    user_view_type: 'public',
    site_admin: false,
  };
};

export const renderProfile = (world: World, account: Account) => ({
  ...renderAccount(world, account),
  name: account.login,
  company: null,
  blog: '',
  location: null,
  email: null,
  hireable: null,
  bio: null,
  public_repos: 0,
  public_gists: 0,
  followers: 0,
  following: 0,
  created_at: time(account.createdAt),
  updated_at: time(account.createdAt),
});

export const renderApp = (world: World, app: App) => ({
  id: app.id,
  client_id: app.clientId,
  slug: app.slug,
  node_id: nodeId('App', app.id),
  owner: renderAccount(world, app.owner),
  name: app.name,
  description: app.description,
  external_url: `${world.urls.server}/apps/${app.slug}`,
  html_url: `${world.urls.server}/apps/${app.slug}`,
  created_at: time(app.createdAt),
  updated_at: time(app.createdAt),
  permissions: app.permissions,
  events: app.events,
});

export const renderInstallation = (world: World, installation: Installation) => ({
  id: installation.id,
  client_id: installation.app.clientId,
  account: renderAccount(world, installation.account),
  repository_selection: 'selected',
  access_tokens_url: `${world.urls.api}/app/installations/${installation.id}/access_tokens`,
  repositories_url: `${world.urls.api}/installation/repositories`,
  html_url: `${world.urls.server}/settings/installations/${installation.id}`,
  app_id: installation.app.id,
  app_slug: installation.app.slug,
  target_id: installation.account.id,
  target_type: installation.account.type,
  permissions: installation.app.permissions,
  events: installation.app.events,
  created_at: time(installation.createdAt),
  updated_at: time(installation.updatedAt),
  single_file_name: null,
  has_multiple_single_files: false,
  single_file_paths: [],
  suspended_by: null,
  suspended_at: timeOrNull(installation.suspendedAt),
});
