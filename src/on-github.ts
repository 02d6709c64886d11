import { assemble, systemClock, type World } from './assemble.ts';
import { createGitHub, type GitHub } from './github/github.ts';
import { repositoryName, type RepositoryName } from './github/repository.ts';
import { isMember, loginOf } from './github/people.ts';
import { permissionOf } from './github/permissions.ts';
import { isWorkflowRunAlive } from './github/runs.ts';
import type { SourceFolders } from './model/source.ts';
import type { Asker, People, Ports, RunIdentity } from './ports.ts';
import { gitSources } from './record/git-sources.ts';
import { gitHubStore } from './record/github-store.ts';
import { isLocalRunAlive, localRun } from './record/local-run.ts';
import type { Target } from './publish/target.ts';

export interface OnGitHub {
  github: GitHub;
  repository: RepositoryName;
  run: RunIdentity;
  /** Who set it off; the owner of the token when it is not said. */
  asker?: Asker;
  /** Where the files of the commit are checked out; absent for the App, which only plans. */
  sources?: SourceFolders;
  /** The state branch. */
  branch?: string | undefined;
}

/** Ports for a repository on GitHub: config and state by the API. */
export function openGitHub({ github, repository, run, asker, sources, branch }: OnGitHub, world: World): Ports {
  const { now, delay } = world.clock ?? systemClock;
  const store = gitHubStore({ github, repository, clock: now, delay, ...(branch ? { branch } : {}) });
  const isRunAlive = (other: string) => isWorkflowRunAlive(github, repository, other);
  const fullName = `${repository.owner}/${repository.repo}`;
  const people: People = {
    asker: async () => asker ?? { login: await loginOf(github) },
    permission: (login) => permissionOf(github, repository, login),
    isMember: (team, login) => isMember(github, team, login),
  };
  return assemble(world, { fullName, store, sources: sources ?? noSources, run, people, isRunAlive });
}

export interface Remote {
  /** `owner/name`. */
  fullName: string;
  token: string;
  /** Default https://api.github.com. */
  apiUrl?: string | undefined;
  /** A folder in a clone that holds the commit, for providers that build or serve its files. */
  cwd: string;
}

/** A repository on GitHub worked on from this machine: the head of its default branch, and the record that its runs keep. */
export async function openRemote(
  { fullName, token, apiUrl, cwd }: Remote,
  world: World,
): Promise<Ports & { root: string; commit: string; target: Target }> {
  const repository = repositoryName(fullName);
  const github = createGitHub({ auth: token, ...systemClock, ...(apiUrl ? { apiUrl } : {}), userAgent: 'flotilla' });
  const actor = world.env['USER'] ?? world.env['USERNAME'] ?? 'someone';
  const run = { run: await localRun(), actor };
  const sources = await gitSources(cwd).catch(() => noSources);
  const ports = openGitHub({ github, repository, run, sources }, world);
  ports.vault.learn(token);
  const isRunAlive = async (other: string) => (await isLocalRunAlive(other)) ?? ports.isRunAlive(other);
  const route = 'GET /repos/{owner}/{repo}/commits/{ref}';
  const { data } = await github.request<{ sha: string }>(route, { ...repository, ref: 'HEAD' }, { kind: 'state' });
  const target = { github, repository, run: run.run };
  return { ...ports, isRunAlive, root: cwd, commit: data.sha, target };
}

const noSources: SourceFolders = {
  sourceFolder(dir) {
    throw new Error(`there is no checkout to take ${dir} from`);
  },
};
