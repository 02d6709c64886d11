import { notAccessible, notFound } from '../errors.ts';
import { renderAccount } from '../render/account.ts';
import type { Call, Reply } from '../router.ts';
import { json, route } from '../router.ts';
import { accountOf } from '../world.ts';
import { paged } from './pagination.ts';

/** The members of the team that is asked about, for those who may see it: people, and Apps with the right to. */
const membersOf = (call: Call): Set<string> => {
  const { principal, world } = call;
  const isApp = principal.kind === 'installation' || principal.kind === 'actions';
  if (isApp && principal.permissions['members'] === undefined) throw notAccessible('integration');
  const members = world.state.teams.get(`${call.param('org')}/${call.param('team_slug')}`.toLowerCase());
  if (!members) throw notFound();
  return members;
};

const membership = (call: Call): Reply => {
  const login = call.param('username').toLowerCase();
  if (!membersOf(call).has(login)) throw notFound();
  const url = `${call.world.urls.api}/organizations/1/team/1/memberships/${login}`;
  return json(200, { url, role: 'member', state: 'active' });
};

const members = (call: Call): Promise<Reply> => {
  const found = [...membersOf(call)].map((login) => accountOf(call.world, login)).filter((one) => one !== undefined);
  return paged(call, found, (account) => renderAccount(call.world, account));
};

const team = '/orgs/{org}/teams/{team_slug}';

export const teamRoutes = [
  route(`GET ${team}/memberships/{username}`, 'token', membership),
  route(`GET ${team}/members`, 'token', members),
];
