import { tagOf } from '../model/errors.ts';
import type { GitHub } from './github.ts';

/**
 * Whether somebody is in a team, `organization/team`, at this moment; text: why that cannot be read. GitHub answers alike for
 * one who is no member and for a team that the token may not see, so a no is only taken from a token that may list its members.
 */
export async function isMember(github: GitHub, team: string, login: string): Promise<boolean | string> {
  const [org, team_slug] = team.split('/');
  const call = { kind: 'permission', permission: 'members: read' };
  try {
    const { status, data } = await github.request<{ state?: string }>(
      'GET /orgs/{org}/teams/{team_slug}/memberships/{username}',
      { org, team_slug, username: login },
      { ...call, allow: [404] },
    );
    if (status !== 404) return data.state === 'active';
    const members = await github.request(
      'GET /orgs/{org}/teams/{team_slug}/members',
      { org, team_slug, per_page: 1 },
      { ...call, allow: [404] },
    );
    if (members.status !== 404) return false;
  } catch (error) {
    if (tagOf(error) !== 'credential') throw error;
  }
  return `the token may not see team ${team}: give it members: read in ${org}, which a workflow's own token never has, or name users or permissions instead`;
}

/** The login that a token belongs to. */
export async function loginOf(github: GitHub): Promise<string> {
  const { data } = await github.request<{ login: string }>('GET /user', {}, { kind: 'permission' });
  return data.login;
}
