import type { SiteSpec } from '../../model/config.ts';
import { ConflictError } from '../../model/errors.ts';
import type { Address } from '../../model/resource.ts';
import { driftOf } from '../../provider-kit/drift.ts';
import { identity } from '../../provider-kit/identity.ts';
import type { Desired, Handler, Observed, Scope, StepRun, Target } from '../../provider-kit/provider.ts';
import { waitUntilLive } from '../../provider-kit/wait-until-live.ts';
import type { Deploy, NetlifyReader, NetlifyWriter, Site, SiteSettings } from './api.ts';
import { deployFiles } from './deploy-files.ts';
import { adopt, isImported, survey } from './import.ts';
import { isMarkOf, markOf } from './mark.ts';
import { phaseOf } from './phase.ts';

/** Sites: built here, their files sent by digest. The published deploy is what serves, so it is what is observed. */
export const site: Handler<NetlifyReader, NetlifyWriter> = {
  async list(api, scope) {
    const sites = await api.sites();
    const observed = await Promise.all(sites.map((found) => inScope(api, found, scope)));
    return observed.filter((one) => one !== undefined);
  },

  async read(api, target) {
    const found = await api.siteNamed(target.identity);
    return found && observe(api, found, target);
  },

  diff(desired, { attributes }) {
    return driftOf({ ...settingsOf(desired), deploy: 'ours' }, attributes);
  },

  async ensure(api, desired, run) {
    const mask = Object.values(specOf(desired).env);
    const found = await findOurs(api, desired);
    const made = found ?? (await api.createSite(desired.identity, mask));
    const set = await configured(api, made, desired, mask);
    const deploy = await started(api, set, desired, run);
    return observe(api, await published(api, set, deploy, desired, run), desired);
  },

  async remove(api, target) {
    const found = await findOurs(api, target);
    if (found) await api.removeSite(found.id);
  },

  async rollback(api, target, deployment, run) {
    const found = await findOurs(api, target);
    if (!found) throw new ConflictError(`${target.address} is not there to be rolled back`, { mend: 'apply it first' });
    const isThere = found.published_deploy?.id === deployment;
    const back = isThere ? found.published_deploy : await api.restore(found.id, deployment);
    return observe(api, await published(api, found, back as Deploy, target, run), target);
  },

  survey,

  adopt: (api, desired) => adopt(api, desired, (found) => observe(api, found, desired)),
};

/** Ours by the mark of what it serves, else by any of its deploys, else foreign if it has one of the names. */
async function inScope(api: NetlifyReader, found: Site, scope: Scope): Promise<Observed | undefined> {
  const { fleet, environment, identities } = scope;
  const mark = markOf(found.published_deploy?.title);
  const marked = mark && identity(mark.fleet, mark.environment, mark.address) === found.name ? mark : undefined;
  if (marked && (marked.fleet !== fleet || marked.environment !== environment)) return undefined;
  const address: Address | undefined = marked?.address ?? identities.get(found.name);
  return address && observe(api, found, { fleet, environment, address });
}

type Place = Pick<Target, 'fleet' | 'environment' | 'address'>;

async function observe(api: NetlifyReader, found: Site, place: Place): Promise<Observed> {
  const { fleet, environment, address } = place;
  const serving = found.published_deploy ?? undefined;
  const mark = markOf(serving?.title);
  const isOurs = isMarkOf(mark, place);
  const deploys = isOurs ? [] : await api.deploys(found.id);
  const { name, id } = found;
  return {
    id,
    address,
    owner: isOurs || (await isOwned(api, found, deploys, place)) ? { fleet, environment } : null,
    hash: isOurs && mark ? mark.hash : null,
    phase: serving ? 'live' : phaseOf(deploys[0]?.state ?? 'new'),
    outputs: { url: `https://${name}.netlify.app`, host: `${name}.netlify.app` },
    ...(serving ? { deployment: serving.id } : {}),
    attributes: { ...settingsFrom(found), deploy: isOurs ? 'ours' : serving ? 'not made by Flotilla' : 'none' },
  };
}

/**
 * A site without any deploy bears no mark yet. As its name holds the hash of fleet, environment and address, it is what an
 * interrupted run of ours has left, and there is nothing in it that could be lost.
 */
async function isOwned(api: NetlifyReader, found: Site, deploys: Deploy[], place: Place): Promise<boolean> {
  if (deploys.length === 0 && !found.published_deploy && !found.build_settings?.repo_url) return true;
  return deploys.some(({ title }) => isMarkOf(markOf(title), place)) || isImported(api, found, place);
}

/** @throws ConflictError when the name is taken by what we did not make. */
async function findOurs(api: NetlifyReader, target: Target): Promise<Site | undefined> {
  const found = await api.siteNamed(target.identity);
  if (!found || isMarkOf(markOf(found.published_deploy?.title), target)) return found;
  if (await isOwned(api, found, await api.deploys(found.id), target)) return found;
  throw new ConflictError(`${target.address}: "${target.identity}" exists at Netlify and is not this fleet's`, {
    mend: 'rename one of the two, or remove the other by hand',
  });
}

/** Domains apply at once; builds by Netlify itself are stopped, so that nothing deploys behind the plan's back. */
async function configured(api: NetlifyWriter, found: Site, desired: Desired, mask: string[]): Promise<Site> {
  const wanted = settingsOf(desired);
  const changed = new Set(driftOf(wanted, settingsFrom(found)).map(({ path }) => path));
  if (changed.size === 0) return found;
  const [custom_domain = '', ...domain_aliases] = wanted.domains;
  const settings: SiteSettings = {
    ...(changed.has('domains') ? { custom_domain, domain_aliases } : {}),
    ...(changed.has('builds') ? { build_settings: { stop_builds: true } } : {}),
  };
  return api.changeSite(found.id, settings, mask);
}

/** The deploy of what is wanted: the one that serves, one made before, one under way, or a new one. */
async function started(api: NetlifyWriter, { id, ...found }: Site, desired: Desired, run: StepRun): Promise<Deploy> {
  const isWanted = ({ title }: Deploy) => isMarkOf(markOf(title), desired) && markOf(title)?.hash === desired.hash;
  const serving = found.published_deploy;
  if (serving && isWanted(serving)) return serving;
  const deploys = await api.deploys(id);
  const same = deploys.find((deploy) => isWanted(deploy) && phaseOf(deploy.state) !== 'failed');
  if (same && phaseOf(same.state) === 'live') return same;
  return deployFiles(api, id, desired, { under: same && (await api.deploy(id, same.id)), restored: !!serving }, run);
}

/** Waits until the deploy is ready and serves. A locked site does not publish by itself, so that is asked for. */
async function published(
  api: NetlifyWriter,
  { id, published_deploy: before }: Site,
  deploy: Deploy,
  target: Target,
  run: StepRun,
) {
  const waiting = {
    what: target.address,
    restored: () => !!before,
    progress: run.progress,
    delay: api.account.delay,
    signal: run.signal,
    everySeconds: 1,
  };
  const ready = await waitUntilLive(deploy, {
    ...waiting,
    poll: () => api.deploy(id, deploy.id),
    phase: ({ state }) => phaseOf(state),
    log: async ({ state, error_message }) => (error_message ?? state).split('\n').slice(-50),
  });
  const serves = (now: Site) => now.published_deploy?.id === ready.id;
  const now = await api.site(id);
  if (serves(now)) return now;
  await api.restore(id, ready.id);
  return waitUntilLive(await api.site(id), {
    ...waiting,
    poll: () => api.site(id),
    phase: (now) => (serves(now) ? 'live' : 'releasing'),
    log: async () => ['the deploy is ready, and Netlify does not publish it'],
  });
}

function specOf(desired: Desired): SiteSpec {
  return desired.spec as unknown as SiteSpec;
}

function settingsOf(desired: Desired) {
  return { domains: specOf(desired).domains, builds: 'stopped' };
}

function settingsFrom({ custom_domain, domain_aliases, build_settings }: Site) {
  const builds = !build_settings?.repo_url || build_settings.stop_builds ? 'stopped' : 'by Netlify';
  return { domains: [...(custom_domain ? [custom_domain] : []), ...(domain_aliases ?? [])], builds };
}
