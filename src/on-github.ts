import { assemble, systemClock, type World } from './assemble.ts';
import type { GitHub } from './github/github.ts';
import type { RepositoryName } from './github/repository.ts';
import { isWorkflowRunAlive } from './github/runs.ts';
import type { SourceFolders } from './model/source.ts';
import type { Ports, RunIdentity } from './ports.ts';
import { gitHubStore } from './record/github-store.ts';

export interface OnGitHub {
  github: GitHub;
  repository: RepositoryName;
  run: RunIdentity;
  /** Where the files of the commit are checked out; absent for the App, which only plans. */
  sources?: SourceFolders;
  /** The state branch. */
  branch?: string | undefined;
}

/** Ports for a repository on GitHub: config and state by the API. */
export function openGitHub({ github, repository, run, sources, branch }: OnGitHub, world: World): Ports {
  const { now, delay } = world.clock ?? systemClock;
  const store = gitHubStore({ github, repository, clock: now, delay, ...(branch ? { branch } : {}) });
  const isRunAlive = (other: string) => isWorkflowRunAlive(github, repository, other);
  return assemble(world, { store, sources: sources ?? noSources, run, isRunAlive });
}

const noSources: SourceFolders = {
  sourceFolder(dir) {
    throw new Error(`there is no checkout to take ${dir} from`);
  },
};
