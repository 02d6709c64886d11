import type { Permission } from '../model/policy.ts';
import type { GitHub } from './github.ts';
import type { RepositoryName } from './repository.ts';

/** What somebody may do in the repository at this moment (triage counts as read, a role of one's own as what it is based on). */
export async function permissionOf(github: GitHub, repository: RepositoryName, login: string): Promise<Permission> {
  const { status, data } = await github.request<{ permission: Permission; role_name?: string }>(
    'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
    { ...repository, username: login },
    { kind: 'permission', permission: 'metadata: read', allow: [404] },
  );
  if (status === 404) return 'none';
  return data.role_name === 'maintain' ? 'maintain' : data.permission;
}
