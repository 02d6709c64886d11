import type { SiteSpec } from '../../model/config.ts';
import { ConflictError } from '../../model/errors.ts';
import { driftOf } from '../../provider-kit/drift.ts';
import type { Desired, Handler, Observed, StepRun, Target } from '../../provider-kit/provider.ts';
import { requireOffered } from '../../provider-kit/refusal.ts';
import { waitUntilLive } from '../../provider-kit/wait-until-live.ts';
import type { Build, Commit, Pages, PagesReader, PagesWriter } from './api.ts';
import { deployFiles } from './deploy-files.ts';
import { isMarkOf, markOf, messageOf, type Mark, type Place } from './mark.ts';
import { phaseOf } from './phase.ts';
import { refuses } from './refuses.ts';

/**
 * The one site of a repository: built here, committed to a branch, and built again by GitHub, which only copies it. Each
 * deployment is a commit; what the last commit that GitHub built is, is what serves and what is observed.
 */
export const site: Handler<PagesReader, PagesWriter> = {
  async list(api, { fleet, environment, identities }) {
    const state = await look(api);
    if (!isThere(state)) return [];
    const mark = ownerOf(state);
    if (mark && isOfFleet(mark, { fleet, environment })) return [observe(api, state, mark)];
    // As there is one site only, it stands in the way of each.
    return [...identities.values()].map((address) => observe(api, state, { fleet, environment, address }));
  },

  async read(api, target) {
    const state = await look(api);
    const mark = ownerOf(state);
    return isThere(state) && !isSibling(mark, target) ? observe(api, state, target) : undefined;
  },

  diff(desired, { attributes }) {
    const wanted = { source: 'ours', domain: specOf(desired).domains[0] ?? 'none', deployment: 'ours' };
    return driftOf(wanted, attributes);
  },

  async ensure(writer, desired, run) {
    const api = writer.hiding(Object.values(specOf(desired).env));
    requireOffered(desired, refuses(desired));
    const state = await look(api);
    requireFree(api, state, desired);
    const history = await committed(api, state, desired, run);
    await configure(api, desired, state.pages, specOf(desired).domains[0] ?? null);
    return live(api, history, state, desired, run);
  },

  async remove(api, target) {
    const state = await look(api);
    if (!isThere(state)) return;
    if (isSibling(ownerOf(state), target)) return;
    requireFree(api, state, target);
    // In this order, so that an interrupted run leaves the branch, which says whose it is.
    if (state.pages && sourceOf(api, state.pages) === 'ours') await api.removePages();
    if (state.history) await api.removeBranch();
  },

  async rollback(api, target, deployment, run) {
    const state = await look(api);
    requireFree(api, state, target);
    const [head] = state.history ?? [];
    if (!head) throw new ConflictError(`${target.address} is not there to be rolled back`, { mend: 'apply it first' });
    const old = state.history?.find(({ sha }) => sha === deployment) ?? (await api.commit(deployment));
    const mark = old && markOf(old.message);
    if (!old || !mark || !isMarkOf(mark, target)) return undefined;
    const now = markOf(head.message);
    const isHead = head.tree === old.tree && isMarkOf(now, target) && now?.hash === mark.hash;
    const history = isHead ? state.history! : await commit(api, state, mark, old.tree);
    await configure(api, target, state.pages);
    return live(api, history, state, target, run);
  },

  noImport: 'nothing tells from which folder and by which build the files of a branch were made',
};

interface State {
  /** Commits of the branch, newest first. */
  history: Commit[] | undefined;
  pages: Pages | undefined;
  builds: Build[];
}

async function look(api: PagesReader): Promise<State> {
  const [history, pages] = await Promise.all([api.history(), api.pages()]);
  return { history, pages, builds: pages ? await api.builds() : [] };
}

function isThere({ history, pages }: State): boolean {
  return history !== undefined || pages !== undefined;
}

/** Whose the site is: whoever deployed last, whatever was committed by hand since. */
function ownerOf({ history = [] }: State): Mark | undefined {
  for (const { message } of history) {
    const mark = markOf(message);
    if (mark) return mark;
  }
  return undefined;
}

function isOfFleet(mark: Mark, { fleet, environment }: Pick<Place, 'fleet' | 'environment'>): boolean {
  return mark.fleet === fleet && mark.environment === environment;
}

/** Whether another resource of the same fleet has the site, so that this one is not there. */
function isSibling(mark: Mark | undefined, place: Place): boolean {
  return mark !== undefined && isOfFleet(mark, place) && mark.address !== place.address;
}

function observe(api: PagesReader, state: State, place: Place): Observed {
  const { history = [], pages, builds } = state;
  const owner = ownerOf(state);
  const serving = pages && builds.find(({ status }) => status !== null && phaseOf(status) === 'live');
  const served = history.find(({ sha }) => sha === serving?.commit);
  const mark = served && markOf(served.message);
  const isOurs = isMarkOf(mark, place);
  const isHeadOurs = history[0] !== undefined && isMarkOf(markOf(history[0].message), place);
  return {
    id: api.repository,
    address: place.address,
    owner: owner ? { fleet: owner.fleet, environment: owner.environment } : null,
    hash: isOurs && mark ? mark.hash : null,
    phase: serving ? 'live' : phaseOf(builds[0]?.status ?? null),
    outputs: outputsOf(api, pages),
    ...(serving?.commit ? { deployment: serving.commit } : {}),
    attributes: {
      source: sourceOf(api, pages),
      domain: pages?.cname ?? 'none',
      deployment: !serving ? 'none' : isOurs && isHeadOurs ? 'ours' : 'not made by Flotilla',
    },
  };
}

/** DNS has to lead to the host, also where the site has a domain of its own. */
function outputsOf({ repository }: PagesReader, pages: Pages | undefined): { url: string; host: string } {
  const [owner = '', name = ''] = repository.toLowerCase().split('/');
  const common = `${owner}.github.io`;
  const url = (pages?.html_url ?? `https://${common}/${name === common ? '' : name}`).replace(/\/$/, '');
  return { url, host: pages?.cname ? common : new URL(url).hostname };
}

/** What the site is made from. */
function sourceOf({ branch }: PagesReader, pages: Pages | undefined): string {
  if (!pages) return 'off';
  if (pages.build_type === 'workflow') return 'a workflow';
  const { source } = pages;
  if (source?.branch === branch && source.path === '/') return 'ours';
  return source ? `${source.path} of ${source.branch}` : 'none';
}

/** @throws ConflictError when the repository's site, or the branch, is not this resource's. */
function requireFree(api: PagesReader, state: State, place: Place): void {
  const mark = ownerOf(state);
  if (!isThere(state) || isMarkOf(mark, place)) return;
  const { repository, branch } = api;
  const whose = mark && !isOfFleet(mark, place) ? ` of fleet ${mark.fleet}, environment ${mark.environment}` : '';
  const who = mark ? `is ${mark.address}${whose}` : 'was not made by Flotilla';
  throw new ConflictError(
    `${place.address}: GitHub Pages serves one site a repository, and that of ${repository} ${who}`,
    {
      mend: mark
        ? 'give one of the two another repository: an account of its own under providers, with type: github-pages and repository: OWNER/NAME'
        : `switch Pages off under Settings > Pages of ${repository} and remove the branch ${branch}, or choose another repository or branch`,
    },
  );
}

/** The branch with what is wanted at its head: as it is, as it was before, or built and sent now. */
async function committed(api: PagesWriter, state: State, desired: Desired, run: StepRun): Promise<Commit[]> {
  const { history = [], builds } = state;
  const isWanted = ({ message }: Commit) => {
    const mark = markOf(message);
    return isMarkOf(mark, desired) && mark?.hash === desired.hash;
  };
  const [head] = history;
  if (head && isWanted(head)) return history;
  const restored = builds.some(({ status }) => status !== null && phaseOf(status) === 'live');
  const tree = history.find(isWanted)?.tree ?? (await deployFiles(api, desired, { before: head?.tree, restored }, run));
  return commit(api, state, { ...desired, source: desired.commit }, tree);
}

async function commit(api: PagesWriter, { history = [] }: State, mark: Mark, tree: string): Promise<Commit[]> {
  const made = await api.createCommit(messageOf(mark), tree, history[0]?.sha);
  await api.setBranch(made.sha, history.length > 0);
  return [made, ...history];
}

/** Has Pages serve the branch. After the commit, since GitHub wants the branch to be there, and commits a `CNAME` that is not. */
async function configure(
  api: PagesWriter,
  { address }: Place,
  pages: Pages | undefined,
  cname?: string | null,
): Promise<void> {
  const now = pages ?? (await api.createPages());
  if (!now) throw new ConflictError(`${address}: Pages was switched off while it was deployed`, { mend: 'run again' });
  const source = sourceOf(api, now) !== 'ours';
  const domain = cname !== undefined && now.cname !== cname;
  if (source || domain) await api.changePages({ ...(source ? { source } : {}), ...(domain ? { cname } : {}) });
}

/** Has GitHub build the head of the branch, unless it does or did, and waits for it. A push by a workflow starts no build. */
async function live(
  api: PagesWriter,
  history: Commit[],
  before: State,
  target: Target,
  run: StepRun,
): Promise<Observed> {
  const head = history[0]!.sha;
  const last = await api.latestBuild();
  const isUnderWay = last?.commit === head && phaseOf(last.status) !== 'failed';
  if (!isUnderWay) await api.requestBuild();
  // What failed before may still be the latest for a moment.
  const isNew = (build: Build | undefined) => build?.commit === head && (isUnderWay || build.url !== last?.url);
  const built = await waitUntilLive(isUnderWay ? last : undefined, {
    what: target.address,
    poll: () => api.latestBuild(),
    phase: (build) => (build && isNew(build) ? phaseOf(build.status) : 'queued'),
    log: async (build) => (build?.error?.message ?? build?.status ?? 'GitHub starts no build').split('\n').slice(-50),
    restored: () => before.builds.some(({ status }) => status !== null && phaseOf(status) === 'live'),
    progress: run.progress,
    delay: api.account.delay,
    signal: run.signal,
    everySeconds: 2,
  });
  // The domain of the site is what the files that were built say.
  return observe(api, { history, pages: await api.pages(), builds: built ? [built] : [] }, target);
}

function specOf(desired: Desired): SiteSpec {
  return desired.spec as unknown as SiteSpec;
}
