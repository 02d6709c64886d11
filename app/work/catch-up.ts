import { listChecks, type GitHub } from '../../src/index.ts';
import { RIGHTS } from '../access.ts';
import type { Place, PlanTask } from '../task.ts';
import type { Means } from './means.ts';

/** Open pull requests looked at in one repository, those changed last first. */
const PULLS = 50;

const OPEN_PULLS = `query OpenPulls($owner: String!, $repo: String!, $first: Int!) {
  repository(owner: $owner, name: $repo) {
    pullRequests(states: [OPEN], first: $first, orderBy: { field: UPDATED_AT, direction: DESC }) {
      nodes {
        number
        baseRefName
        headRefOid
        headRef { target { ... on Commit { config: file(path: "flotilla.yml") { oid } folder: file(path: ".flotilla") { oid } } } }
      }
    }
  }
}`;

interface Open {
  number: number;
  baseRefName: string;
  headRefOid: string;
  headRef: { target: { config?: object | null; folder?: object | null } | null } | null;
}

/** The plans that are due in a repository: of open pull requests with a config whose head has no plan check of ours. */
export async function duePlans(place: Place, { access, appId, signal }: Means): Promise<PlanTask[]> {
  const github = access.repository(place, RIGHTS.sweep, signal);
  const { owner, repo } = place;
  const call = { kind: 'pull request', permission: 'pull-requests: read' };
  const { repository } = await github.graphql<{ repository: { pullRequests: { nodes: Open[] } } | null }>(
    OPEN_PULLS,
    { owner, repo, first: PULLS },
    call,
  );
  const due: PlanTask[] = [];
  for (const { number: pull, baseRefName: base, headRefOid: commit, headRef } of repository?.pullRequests.nodes ?? []) {
    // Without its branch (a fork that is gone) the config is looked for when it is planned.
    const configured = !headRef || headRef.target?.config || headRef.target?.folder;
    if (configured && !(await isPlanned(github, place, commit, appId)))
      due.push({ kind: 'plan', place, pull, base, commit });
  }
  return due;
}

async function isPlanned(github: GitHub, { owner, repo }: Place, commit: string, appId: number): Promise<boolean> {
  const runs = await listChecks(github, { owner, repo }, commit, { app_id: appId });
  return runs.some(({ name }) => name.startsWith('flotilla / plan'));
}
