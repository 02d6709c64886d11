import { posix } from 'node:path';
import { createLimiter } from '../../model/limiter.ts';
import type { Desired, Found, Observed, Owner } from '../../provider-kit/provider.ts';
import { foundEnv, goneMeanwhile, leftOf, literal, refuseOthers, settingsOf } from '../../provider-kit/survey.ts';
import type { NetlifyReader, NetlifyWriter, Site } from './api.ts';
import { markOf } from './mark.ts';

/** The entry of a site's metadata that says whose it is while no deploy of ours does. */
const ENTRY = 'flotilla';

export async function survey(api: NetlifyReader): Promise<Found[]> {
  const sites = await api.sites();
  const limited = createLimiter(8);
  return Promise.all(sites.map((site) => limited(() => surveyed(api, site))));
}

/** Marks the site in its metadata and stops builds by Netlify; neither deploys. The caller says what it has become. */
export async function adopt(
  api: NetlifyWriter,
  desired: Desired,
  observe: (site: Site) => Promise<Observed>,
): Promise<Observed> {
  const found = await api.siteNamed(desired.identity);
  if (!found) throw goneMeanwhile(desired);
  const owner = await ownerOf(api, found);
  refuseOthers(owner, desired);
  const { fleet, environment, address } = desired;
  if (!owner)
    // The whole of it is replaced.
    await api.setMetadata(found.id, {
      ...(await api.metadata(found.id)),
      [ENTRY]: `${address} of ${fleet}/${environment}`,
    });
  const { repo_url: repository, stop_builds: isStopped } = found.build_settings ?? {};
  if (!repository || isStopped) return observe(found);
  return observe(await api.changeSite(found.id, { build_settings: { stop_builds: true } }, []));
}

/** Whether a site without a deploy of ours was imported by us. */
export async function isImported(api: NetlifyReader, { id }: Site, place: Owner): Promise<boolean> {
  const owner = markedBy(await api.metadata(id));
  return owner?.fleet === place.fleet && owner.environment === place.environment && owner.address === place.address;
}

async function ownerOf(api: NetlifyReader, { id, published_deploy: serving }: Site): Promise<Owner | null> {
  const mark = markOf(serving?.title);
  if (!mark) return markedBy(await api.metadata(id));
  const { fleet, environment, address } = mark;
  return { fleet, environment, address };
}

function markedBy({ [ENTRY]: text }: Record<string, unknown>): Owner | null {
  const [, address, fleet, environment] = /^(site\/\S+) of ([^\s/]+)\/([^\s/]+)$/.exec(String(text)) ?? [];
  return fleet && environment && address ? { fleet, environment, address: address as Owner['address'] } : null;
}

async function surveyed(api: NetlifyReader, site: Site): Promise<Found> {
  const [owner, variables] = await Promise.all([ownerOf(api, site), api.variables(site.id)]);
  const { id, name, custom_domain: domain, domain_aliases: aliases, build_settings: build } = site;
  const dir = posix.normalize(build?.base || '.').replace(/\/$/, '');
  // Said from the root of the repository, whatever the base is.
  const output = build?.dir ? posix.relative(dir, posix.normalize(build.dir).replace(/\/$/, '')) : '';
  return {
    id,
    name,
    url: `https://${name}.netlify.app`,
    owner,
    settings: settingsOf({
      dir,
      ...(build?.cmd ? { build: literal(build.cmd) } : {}),
      ...(output && !output.startsWith('..') ? { output } : {}),
      env: foundEnv(variables),
      domains: [...(domain ? [domain] : []), ...(aliases ?? [])],
    }),
    ...(markOf(site.published_deploy?.title)
      ? {}
      : { untold: 'Netlify does not tell what its files were built from: they are built here and sent' }),
    left: leftOf([
      ['git', build?.repo_url, 'builds by Netlify are stopped: pushes to the environment’s branch deploy'],
      ['publish directory', output.startsWith('..') && build?.dir, 'it stands outside of the base directory'],
    ]),
  };
}
