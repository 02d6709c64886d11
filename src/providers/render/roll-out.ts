import { ConflictError } from '../../model/errors.ts';
import type { Address } from '../../model/resource.ts';
import { statusOf } from '../../provider-kit/http.ts';
import type { Desired, Observed, StepRun, Target } from '../../provider-kit/provider.ts';
import { waitUntilLive } from '../../provider-kit/wait-until-live.ts';
import { PAGE, type Deploy, type RenderReader, type RenderWriter, type Service } from './api.ts';
import type { Content } from './content.ts';
import { hashOf, isMarkOf, MARK, markAgain, parseMark, type Mark } from './mark.ts';
import { isLost, isUnderWay, phaseOf } from './phase.ts';

/** A service with all that is asked for to know its state: two calls more. */
export interface Found {
  service: Service;
  mark: Mark | undefined;
  /** Newest first. */
  deploys: Deploy[];
}

export async function open(render: RenderReader, service: Service): Promise<Found> {
  const [text, deploys] = await Promise.all([render.variable(service.id, MARK), render.deploys(service.id)]);
  // Behind a row of failures what serves may be an older one.
  if (deploys.length >= PAGE && !servingOf(deploys)) deploys.push(...(await render.deploys(service.id, 'live')));
  return { service, mark: parseMark(text), deploys };
}

export async function find(render: RenderReader, target: Target): Promise<Found | undefined> {
  const service = await render.serviceNamed(target.identity);
  return service && open(render, service);
}

/** @throws ConflictError when the name is taken by what we did not make. */
export async function findOurs(render: RenderReader, target: Target): Promise<Found | undefined> {
  const found = await find(render, target);
  if (!found || isMarkOf(found.mark, target)) return found;
  throw new ConflictError(`${target.address}: "${target.identity}" exists already and is not this fleet's`, {
    mend: 'rename one of the two, or remove the other by hand',
  });
}

/** What serves is what is observed: after a failed deploy that is still the one before. */
export function observed({ service, mark, deploys }: Found, address: Address): Observed {
  const serving = servingOf(deploys);
  const shown = serving ?? deploys[0];
  const { url, region, numInstances } = service.serviceDetails;
  const host = url && URL.canParse(url) ? new URL(url).host : '';
  const isService = address.startsWith('service/');
  return {
    id: service.id,
    address,
    owner: mark ? { fleet: mark.fleet, environment: mark.environment } : null,
    hash: shown ? hashOf(shown, mark) : null,
    phase: shown ? phaseOf(shown.status) : 'queued',
    outputs: { url: url ?? '', host, ...(isService ? { port: '443' } : {}) },
    ...(serving ? { deployment: serving.id } : {}),
    attributes: {
      autoDeploy: service.autoDeploy,
      suspended: service.suspended === 'suspended',
      ...(isService ? { region: region ?? '', replicas: numInstances ?? 1 } : {}),
    },
  };
}

const servingOf = (deploys: Deploy[]): Deploy | undefined => deploys.find(({ status }) => phaseOf(status) === 'live');

/** Brings up to date what exists, or makes it and has the right commit deployed. */
export async function rollOut(
  render: RenderWriter,
  desired: Desired,
  content: Content,
  existing: Found | undefined,
  run: StepRun,
): Promise<Observed> {
  const { hash, identity } = desired;
  const marked = { hash, commit: content.commit };
  const env = { ...content.env, [MARK]: markAgain(desired, marked, existing) };
  const found = existing ?? (await open(render, await render.create(identity, content.create, env)));
  await repair(render, found, desired, content);
  const [latest] = found.deploys;
  const isWanted = latest && !isLost(latest.status) && hashOf(latest, found.mark) === hash;
  if (isWanted) return untilLive(render, found, latest, desired, run);

  if (latest && isUnderWay(latest.status)) await cancel(render, found.service.id, latest.id);
  if (existing) {
    // Settings first: the deploy takes up what it finds.
    await render.setVariables(found.service.id, env);
    await render.update(found.service.id, content.update);
    if (content.rules) {
      await render.setRoutes(found.service.id, content.rules.routes);
      await render.setHeaders(found.service.id, content.rules.headers);
    }
  }
  const started = await render.startDeploy(found.service.id, content.what);
  return untilLive(render, found, started, desired, run);
}

/** A new deploy that makes an earlier one's build, variables and settings serve again; undefined when it is not known any more. */
export async function rollBack(
  render: RenderWriter,
  target: Target,
  deployment: string,
  run: StepRun,
): Promise<Observed | undefined> {
  const found = await findOurs(render, target);
  const earlier = found?.deploys.find(({ id }) => id === deployment);
  const hash = found && earlier && hashOf(earlier, found.mark);
  if (!found || !earlier || !hash) return undefined;
  const [latest] = found.deploys;
  if (latest && !isLost(latest.status) && hashOf(latest, found.mark) === hash)
    return untilLive(render, found, latest, target, run);
  const marked = { hash, commit: earlier.commit?.id ?? null };
  await render.setVariable(found.service.id, MARK, markAgain(target, marked, found));
  return untilLive(render, found, await render.rollback(found.service.id, deployment), target, run);
}

/** What somebody changed in the dashboard, as far as no deploy is needed to change it back. */
async function repair(render: RenderWriter, { service }: Found, desired: Desired, content: Content): Promise<void> {
  if (service.autoDeploy !== 'no') await render.update(service.id, content.update);
  if (service.suspended === 'suspended') await render.resume(service.id);
  const { numInstances } = service.serviceDetails;
  if (numInstances !== undefined && numInstances !== desired.replicas) await render.scale(service.id, desired.replicas);
}

/** That it has ended meanwhile is as good. */
async function cancel(render: RenderWriter, service: string, deploy: string): Promise<void> {
  try {
    await render.cancelDeploy(service, deploy);
  } catch (error) {
    if (![400, 404, 409].includes(statusOf(error) ?? 0)) throw error;
  }
}

async function untilLive(
  render: RenderWriter,
  { service, deploys }: Found,
  started: Deploy | undefined,
  target: Target,
  run: StepRun,
): Promise<Observed> {
  const before = new Set(deploys.map(({ id }) => id));
  await waitUntilLive<Deploy | undefined>(started, {
    what: target.address,
    // Render may only queue a deploy and not say which; then it is the first that was not there before.
    poll: async (deploy) =>
      deploy
        ? render.deploy(service.id, deploy.id)
        : (await render.deploys(service.id)).findLast(({ id }) => !before.has(id)),
    phase: (deploy) => (deploy ? phaseOf(deploy.status) : 'queued'),
    log: () => render.logs(service.id, 50),
    restored: () => servingOf(deploys) !== undefined,
    progress: run.progress,
    everySeconds: 3,
    timeoutSeconds: 1800,
    delay: render.delay,
    signal: run.signal,
  });
  return observed(await open(render, await render.service(service.id)), target.address);
}
