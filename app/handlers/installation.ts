import type { Task } from '../task.ts';

interface InstallationEvent {
  installation: { id: number };
  /** Of `installation`: what it was created with. */
  repositories?: readonly Named[] | undefined;
  /** Of `installation_repositories`. */
  repositories_added?: readonly Partial<Named>[] | undefined;
}
interface Named {
  full_name: string;
}

/** Repositories that came to us: their open pull requests get a plan. */
export function onInstallation({ installation, repositories, repositories_added }: InstallationEvent): Task[] {
  return [...(repositories ?? []), ...(repositories_added ?? [])].flatMap(({ full_name }) => {
    const [owner, repo] = full_name?.split('/') ?? [];
    if (!owner || !repo) return [];
    return [{ kind: 'catch-up' as const, place: { installation: installation.id, owner, repo } }];
  });
}
