import type { GitHub } from './github.ts';
import type { RepositoryName } from './repository.ts';

export type Permission = 'admin' | 'write' | 'read' | 'none';

/** What somebody may do in the repository at this moment (maintain counts as write, triage as read). */
export async function permissionOf(github: GitHub, repository: RepositoryName, login: string): Promise<Permission> {
  const { status, data } = await github.request<{ permission: Permission }>(
    'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
    { ...repository, username: login },
    { kind: 'permission', permission: 'metadata: read', allow: [404] },
  );
  return status === 404 ? 'none' : data.permission;
}
