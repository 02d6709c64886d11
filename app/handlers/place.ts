import type { Place } from '../task.ts';

/** What webhooks of a repository carry; GitHub's description leaves more open than ever comes. */
export interface FromRepository {
  repository?: { name: string; owner: { login: string } | null } | undefined;
  installation?: { id: number } | null | undefined;
}

/** Where a webhook comes from; undefined when it is not for an installation in a repository. */
export function placeOf({ repository, installation }: FromRepository): Place | undefined {
  if (!installation || !repository?.owner) return undefined;
  return { installation: installation.id, owner: repository.owner.login, repo: repository.name };
}
