import { posix } from 'node:path';
import type { Json } from '../../model/resource.ts';
import { createLimiter } from '../../model/limiter.ts';
import type { Desired, Found as Surveyed, Observed } from '../../provider-kit/provider.ts';
import { foundEnv, goneMeanwhile, leftOf, literal, refuseOthers, settingsOf } from '../../provider-kit/survey.ts';
import type { RenderReader, RenderWriter, Service, ServiceType } from './api.ts';
import { isMarkOf, MARK, markAgain } from './mark.ts';
import { phaseOf } from './phase.ts';
import { regionOf } from './regions.ts';
import { find, observed, open, type Found } from './roll-out.ts';

/** Types that are no kind of ours; they are shown beside services, so that nobody takes them for forgotten. */
const OTHERS: Record<string, string> = {
  private_service: 'it is a private service: there are only public ones here',
  background_worker: 'it is a background worker, which nobody can ask whether it is well',
  cron_job: 'it is a cron job, which cannot be pinned to a commit',
};

export async function survey(render: RenderReader, type: ServiceType): Promise<Surveyed[]> {
  const types = type === 'web_service' ? [type, ...Object.keys(OTHERS)] : [type];
  const services = (await Promise.all(types.map((each) => render.services(each)))).flat();
  const limited = createLimiter(4);
  return Promise.all(services.map((service) => limited(() => surveyed(render, service))));
}

/** Marks it by its variable and stops deploys on pushes: neither starts one. */
export async function adopt(render: RenderWriter, desired: Desired): Promise<Observed> {
  const found = await find(render, desired);
  if (!found) throw goneMeanwhile(desired);
  const { service, mark, deploys } = found;
  refuseOthers(ownerOf(found), desired);
  if (!isMarkOf(mark, desired)) {
    const serving = servingOf(found);
    const marked = { hash: desired.hash, commit: serving?.commit?.id ?? null };
    const others = deploys.filter(({ id }) => id !== serving?.id);
    await render.setVariable(service.id, MARK, markAgain(desired, marked, { mark: undefined, deploys: others }));
  }
  if (service.autoDeploy !== 'no') await render.stopAutoDeploy(service.id);
  return observed(await open(render, await render.service(service.id)), desired.address);
}

function ownerOf({ mark }: Found): Surveyed['owner'] {
  if (!mark) return null;
  const { fleet, environment, address } = mark;
  return { fleet, environment, address };
}

const servingOf = ({ deploys }: Found) => deploys.find(({ status }) => phaseOf(status) === 'live');

async function surveyed(render: RenderReader, service: Service): Promise<Surveyed> {
  const isSite = service.type === 'static_site';
  const [found, variables, domains, rules] = await Promise.all([
    open(render, service),
    render.variables(service.id),
    render.domains(service.id),
    isSite ? rulesOf(render, service.id) : { settings: {}, left: [] },
  ]);
  const { [MARK]: _mark, PORT, ...env } = variables;
  const { serviceDetails: details, repo, branch, suspended } = service;
  const { url, region, numInstances, healthCheckPath, plan, disk, autoscaling } = details;
  const made = isSite ? siteOf(service) : sourceOf(service);
  const commit = servingOf(found)?.commit?.id;
  const other = repo !== undefined && render.repository !== undefined && !isAt(repo, render.repository);
  const cannot = OTHERS[service.type] ?? (servingOf(found) ? undefined : 'nothing of it is live');
  return {
    id: service.id,
    name: service.name,
    ...(url ? { url } : {}),
    owner: ownerOf(found),
    settings: settingsOf({
      ...made.settings,
      ...(PORT !== undefined && /^\d+$/.test(PORT) ? { port: Number(PORT) } : {}),
      env: foundEnv(env),
      ...(healthCheckPath ? { health: { path: healthCheckPath } } : {}),
      ...(numInstances !== undefined && numInstances > 1 ? { replicas: numInstances } : {}),
      ...rules.settings,
      ...(region === undefined || region === regionOf(undefined) ? {} : { place: { region } }),
    }),
    ...(commit ? { commit } : {}),
    ...(other ? { untold: `it is built from ${repo}, and will be from ${render.repository} and this folder` } : {}),
    left: [
      ...made.left,
      ...rules.left,
      ...leftOf([
        ['domains', domains.join(', '), 'domains at Render are not offered here yet; they stay as they are'],
        ['plan', plan === 'free' ? '' : plan, 'say it as plan: of the account, for all of its services'],
        ['branch', branch, 'a commit of the environment’s branch is what is deployed'],
        ['disk', disk, 'there are no disks here; it stays as it is'],
        ['autoscaling', autoscaling?.enabled, 'there is a fixed number of replicas'],
        ['suspended', suspended === 'suspended', 'the next plan resumes it'],
      ]),
    ],
    ...(cannot ? { cannot } : {}),
  };
}

interface Part {
  settings: Record<string, Json | undefined>;
  left: Surveyed['left'];
}

const folderOf = (rootDir: string | undefined) => posix.normalize(rootDir || '.').replace(/\/$/, '');

function sourceOf({ imagePath, rootDir, serviceDetails }: Service): Part {
  const { runtime, envSpecificDetails: made = {} } = serviceDetails;
  const command = made.dockerCommand ?? made.startCommand;
  const line = command ? { command: literal(command) } : {};
  if (imagePath !== undefined) return { settings: { source: { image: imagePath, ...line } }, left: [] };
  const dir = folderOf(rootDir);
  if (runtime !== 'docker') {
    const build = made.buildCommand ? { build: literal(made.buildCommand) } : {};
    return { settings: { source: { dir, ...build, ...line } }, left: [] };
  }
  const context = folderOf(posix.join(dir, made.dockerContext ?? '.'));
  const dockerfile = posix.relative(context, posix.join(dir, made.dockerfilePath ?? 'Dockerfile'));
  const outside = dockerfile.startsWith('..');
  return {
    settings: { source: { dir: context, ...(outside ? {} : { dockerfile }), ...line } },
    left: leftOf([['dockerfilePath', outside, 'it stands outside of the folder that is built']]),
  };
}

function siteOf({ rootDir, serviceDetails: { buildCommand, publishPath } }: Service): Part {
  const dir = folderOf(rootDir);
  const output = posix.normalize(publishPath || '.').replace(/\/$/, '');
  const build = buildCommand ? { build: literal(buildCommand) } : {};
  return { settings: { dir, ...build, ...(output === '.' ? {} : { output }) }, left: [] };
}

/** Redirects and headers as the config has them. */
async function rulesOf(render: RenderReader, id: string): Promise<Part> {
  const [routes, headers] = await Promise.all([render.routes(id), render.headers(id)]);
  const fallback = routes.find(({ type, source }) => type === 'rewrite' && source === '/*');
  const redirects = routes.filter(({ type }) => type === 'redirect');
  const others = routes.filter((route) => route !== fallback && route.type !== 'redirect');
  const paths = [...new Set(headers.map(({ path }) => path))];
  return {
    settings: {
      redirects: redirects.map(({ source, destination }) => ({ from: source, to: destination })),
      ...(fallback ? { fallback: fallback.destination.replace(/^\//, '') } : {}),
      headers: paths.map((path) => ({
        for: path,
        values: Object.fromEntries(
          headers.flatMap((one) => (one.path === path ? [[one.name, literal(one.value)]] : [])),
        ),
      })),
    },
    left: others.map(({ source, destination }) => ({
      setting: `rewrite ${source} to ${destination}`,
      because: 'only one rewrite is known here, of all paths to one file',
    })),
  };
}

const isAt = (repo: string, name: string): boolean =>
  repo
    .replace(/\.git$/, '')
    .toLowerCase()
    .endsWith(`/${name.toLowerCase()}`);
