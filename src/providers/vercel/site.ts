import type { SiteSpec } from '../../model/config.ts';
import { ConflictError } from '../../model/errors.ts';
import { driftOf } from '../../provider-kit/drift.ts';
import { identity } from '../../provider-kit/identity.ts';
import type { Desired, Handler, Observed, StepRun, Target } from '../../provider-kit/provider.ts';
import { waitUntilLive } from '../../provider-kit/wait-until-live.ts';
import {
  COMMENT,
  IGNORE,
  type Deployment,
  type Domain,
  type Project,
  type VercelReader,
  type VercelWriter,
} from './api.ts';
import { deployFiles } from './deploy-files.ts';
import { adopt, isImported, survey } from './import.ts';
import { hashOf, isMarkOf, placeOf, type Meta, type Place } from './mark.ts';
import { isLost, phaseOf } from './phase.ts';

/** Sites: built here, their files sent by digest. What the project's production domains lead to is what is observed. */
export const site: Handler<VercelReader, VercelWriter> = {
  async list(api, { fleet, environment, identities }) {
    const projects = await api.projects();
    const observed = projects.map((project): Promise<Observed> | undefined => {
      const marked = placeOf(project.targets?.['production']?.meta);
      const named = marked && identity(marked.fleet, marked.environment, marked.address) === project.name;
      if (named && (marked.fleet !== fleet || marked.environment !== environment)) return undefined;
      const address = named ? marked.address : identities.get(project.name);
      return address && observe(api, project, { fleet, environment, address });
    });
    return (await Promise.all(observed)).filter((one) => one !== undefined);
  },

  async read(api, target) {
    const project = await api.project(target.identity);
    return project && observe(api, project, target);
  },

  diff(desired, { attributes }) {
    return driftOf({ ...settingsOf(desired), deployment: 'ours' }, attributes);
  },

  async ensure(api, desired, run) {
    const mask = Object.values(specOf(desired).env);
    const found = await findOurs(api, desired);
    const project = found ?? (await api.createProject(desired.identity, mask));
    await configure(api, project, desired, mask, run);
    const deployment = await started(api, project, desired, run);
    return observe(api, await serving(api, project, deployment, desired, run), desired);
  },

  async remove(api, target) {
    const found = await findOurs(api, target);
    if (found) await api.removeProject(found.id);
  },

  async rollback(api, target, deployment, run) {
    const found = await findOurs(api, target);
    if (!found) throw new ConflictError(`${target.address} is not there to be rolled back`, { mend: 'apply it first' });
    if (servingOf(found) !== deployment) await api.promote(found.id, deployment);
    const back = await api.deployment(deployment);
    return observe(api, await serving(api, found, back, target, run), target);
  },

  async logs(api, target, { lines }) {
    const found = await findOurs(api, target);
    const shown = found && (servingOf(found) ?? (await api.deployments(found.id))[0]?.id);
    return shown ? (await api.events(shown, lines)).slice(-lines) : [];
  },

  survey,

  adopt: (api, desired) =>
    adopt(
      api,
      desired,
      (project) => observe(api, project, desired),
      (project) => commitsOf(project) === 'ignored',
    ),
};

function servingOf(project: Project): string | undefined {
  return project.targets?.['production']?.id;
}

async function observe(api: VercelReader, project: Project, place: Place): Promise<Observed> {
  const { fleet, environment, address } = place;
  const id = servingOf(project);
  const direct = project.targets?.['production']?.meta;
  const [deployments, domains] = await Promise.all([
    isMarkOf(direct, place) ? [] : api.deployments(project.id),
    api.domains(project.id),
  ]);
  const meta: Meta | null | undefined = direct ?? deployments.find((one) => one.id === id)?.meta;
  const isOurs = id !== undefined && isMarkOf(meta, place);
  const host = domains.find(({ name }) => isDefault(name))?.name ?? `${project.name}.vercel.app`;
  return {
    id: project.id,
    address,
    owner: isOurs || (await isOwned(api, project, deployments, place)) ? { fleet, environment } : null,
    hash: isOurs ? hashOf(meta) : null,
    phase: id ? 'live' : phaseOf(deployments.find((one) => isMarkOf(one.meta, place))?.readyState ?? 'QUEUED'),
    outputs: { url: `https://${host}`, host },
    ...(id ? { deployment: id } : {}),
    attributes: {
      ...settingsFrom(project, domains),
      deployment: isOurs ? 'ours' : id ? 'not made by Flotilla' : 'none',
    },
  };
}

/**
 * A project without any deployment bears no mark yet. As its name holds the hash of fleet, environment and address, it is
 * what an interrupted run of ours has left, and there is nothing in it that could be lost.
 */
async function isOwned(api: VercelReader, project: Project, deployments: Deployment[], place: Place): Promise<boolean> {
  if (deployments.length === 0 && !servingOf(project) && !project.link) return true;
  return deployments.some(({ meta }) => isMarkOf(meta, place)) || isImported(api, project, place);
}

/** @throws ConflictError when the name is taken by what we did not make. */
async function findOurs(api: VercelReader, target: Target): Promise<Project | undefined> {
  const found = await api.project(target.identity);
  if (!found || isMarkOf(found.targets?.['production']?.meta, target)) return found;
  if (await isOwned(api, found, await api.deployments(found.id), target)) return found;
  throw new ConflictError(`${target.address}: "${target.identity}" exists at Vercel and is not this fleet's`, {
    mend: 'rename one of the two, or remove the other by hand',
  });
}

/** Domains apply at once. With a repository linked, Vercel is told to ignore commits: nothing deploys behind the plan's back. */
async function configure(
  api: VercelWriter,
  project: Project,
  desired: Desired,
  mask: string[],
  run: StepRun,
): Promise<void> {
  const wanted = settingsOf(desired);
  if (commitsOf(project) !== wanted.commits) await api.ignoreCommits(project.id);
  const there = await api.domains(project.id);
  for (const name of wanted.domains) {
    const domain = there.find((one) => one.name === name) ?? (await api.addDomain(project.id, name, mask));
    if (domain.verified !== false) continue;
    const [record] = domain.verification ?? [];
    run.progress(`${name} waits for DNS${record ? `: ${record.type} ${record.domain} ${record.value}` : ''}`);
  }
  for (const { name } of there)
    if (!isDefault(name) && !wanted.domains.includes(name)) await api.removeDomain(project.id, name);
}

/** The deployment of what is wanted: the one that serves, one made before, one under way, or a new one. */
async function started(api: VercelWriter, project: Project, desired: Desired, run: StepRun): Promise<Deployment> {
  const now = project.targets?.['production'];
  if (now && isMarkOf(now.meta, desired) && hashOf(now.meta) === desired.hash) return { ...now, readyState: 'READY' };
  const deployments = await api.deployments(project.id);
  const same = deployments.find(
    ({ meta, readyState }) => isMarkOf(meta, desired) && hashOf(meta) === desired.hash && !isLost(readyState),
  );
  if (same) return same;
  await setVariables(api, project, specOf(desired).env);
  return deployFiles(api, project, desired, { restored: servingOf(project) !== undefined }, run);
}

/** Before the deployment, which is the first to see them. Those that we set once and that are not wanted any more go. */
async function setVariables(api: VercelWriter, { id }: Project, env: Record<string, string>): Promise<void> {
  const there = await api.variables(id);
  if (Object.keys(env).length > 0) await api.setVariables(id, env);
  for (const { id: variable, key, comment } of there)
    if (comment === COMMENT && variable && !(key in env)) await api.removeVariable(id, variable);
}

/** Waits until it is built and the production domains lead to it, which a staged one or an older one must be asked for. */
async function serving(
  api: VercelWriter,
  project: Project,
  deployment: Deployment,
  target: Target,
  run: StepRun,
): Promise<Project> {
  const before = servingOf(project);
  const isServing = (now: Project) => servingOf(now) === deployment.id;
  if (isServing(project)) return project;
  const waiting = {
    what: target.address,
    restored: () => before !== undefined,
    progress: run.progress,
    delay: api.account.delay,
    signal: run.signal,
    everySeconds: 1,
  };
  const log = async () => {
    const { errorMessage } = await api.deployment(deployment.id);
    return [...(await api.events(deployment.id, 50)), ...(errorMessage ? [errorMessage] : [])].slice(-50);
  };
  await waitUntilLive(deployment, {
    ...waiting,
    poll: () => api.deployment(deployment.id),
    phase: ({ readyState }) => phaseOf(readyState),
    log,
  });
  let now = await again(api, project);
  if (isServing(now)) return now;
  const { readySubstate } = await api.deployment(deployment.id);
  // It is assigned by itself a little later, unless the project stages what is deployed or it served before.
  if (readySubstate === 'STAGED' || readySubstate === 'PROMOTED') await api.promote(project.id, deployment.id);
  return waitUntilLive(now, {
    ...waiting,
    poll: async () => (now = await again(api, project)),
    phase: (now) => (isServing(now) ? 'live' : 'releasing'),
    log,
  });
}

async function again(api: VercelReader, { id, name }: Project): Promise<Project> {
  const now = await api.project(id);
  if (now) return now;
  throw new ConflictError(`the project ${name} was removed while it was deployed`, { mend: 'run again' });
}

function specOf(desired: Desired): SiteSpec {
  return desired.spec as unknown as SiteSpec;
}

function settingsOf(desired: Desired) {
  return { domains: specOf(desired).domains.toSorted(), commits: 'ignored' };
}

function settingsFrom(project: Project, domains: Domain[]) {
  const own = domains.map(({ name }) => name).filter((name) => !isDefault(name));
  return { domains: own.toSorted(), commits: commitsOf(project) };
}

function commitsOf({ link, commandForIgnoringBuildStep }: Project): string {
  return !link || commandForIgnoringBuildStep === IGNORE ? 'ignored' : 'deployed by Vercel';
}

/** The one that every project gets. */
function isDefault(domain: string): boolean {
  return domain.endsWith('.vercel.app');
}
