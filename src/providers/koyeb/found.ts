import { ConflictError } from '../../model/errors.ts';
import type { Address } from '../../model/resource.ts';
import type { JsonObject } from '../../model/resource.ts';
import type { Observed, Target } from '../../provider-kit/provider.ts';
import type { App, Deployment, KoyebReader, Service } from './api.ts';
import { isMarkOf, markOf, ownVariables } from './mark.ts';
import { isLeaving, isPaused, phaseOf } from './phase.ts';

/** A service with its app and the deployments that matter. */
export interface Found {
  app: App;
  service: Service;
  /** The newest, whatever became of it. */
  latest: Deployment | undefined;
  /** What runs, if anything does. */
  serving: Deployment | undefined;
}

/** One app holds one service, both named alike: the app is what has the address. */
export async function find(koyeb: KoyebReader, target: Target): Promise<{ app?: App; found?: Found }> {
  const app = await koyeb.appNamed(target.identity);
  if (!app) return {};
  const services = (await koyeb.servicesOf(app.id)).filter(({ status }) => !isLeaving(status));
  const all = await Promise.all(services.map((service) => open(koyeb, app, service)));
  const found = all.find((each) => isOurs(each, target)) ?? all[0];
  return found ? { app, found } : { app };
}

export async function open(koyeb: KoyebReader, app: App, service: Service): Promise<Found> {
  const deployments = await koyeb.deployments(service.id);
  const known = async (id: string | undefined) =>
    id ? (deployments.find((each) => each.id === id) ?? (await koyeb.deployment(id))) : undefined;
  const latest = (await known(service.latest_deployment_id)) ?? deployments[0];
  const active = await known(service.active_deployment_id);
  return { app, service, latest, serving: active && runs(active) ? active : undefined };
}

const RUNNING: ReadonlySet<string> = new Set(['HEALTHY', 'SLEEPING', 'DEGRADED', 'UNHEALTHY']);
const runs = ({ status }: Deployment): boolean => RUNNING.has(status);

/** @throws ConflictError when the name is taken by what we did not make. */
export function requireOurs(found: Found | undefined, target: Target): void {
  if (!found || isOurs(found, target)) return;
  throw new ConflictError(`${target.address}: the app "${target.identity}" exists already and is not this fleet's`, {
    mend: 'rename one of the two, or remove the other by hand',
  });
}

export function isOurs({ serving, latest }: Found, target: Target): boolean {
  return [serving, latest].some((deployment) => deployment && isMarkOf(markOf(deployment), target));
}

/** What serves is what is observed: after a failed deployment that is still the one before. */
export function observed({ app, service, serving, latest }: Found, address: Address): Observed {
  const shown = serving ?? latest;
  const mark = shown && markOf(shown);
  const host = app.domains?.find(({ type }) => type === 'AUTOASSIGNED')?.name ?? '';
  return {
    id: service.id,
    address,
    owner: mark ? { fleet: mark.fleet, environment: mark.environment } : null,
    hash: mark?.hash ?? null,
    phase: shown ? phaseOf(shown.status) : 'queued',
    outputs: { url: host && `https://${host}`, host, port: '443' },
    ...(serving ? { deployment: serving.id } : {}),
    attributes: { paused: isPaused(service.status), ...(shown ? attributesOf(shown) : {}) },
  };
}

/** What is compared of a deployment; of its variables the names alone. */
export function attributesOf(deployment: Deployment): JsonObject {
  const { regions, scalings, docker, git } = deployment.definition;
  return {
    env: ownVariables(deployment),
    region: regions?.join(',') ?? '',
    replicas: scalings?.[0]?.min ?? 0,
    ...(docker?.image === undefined ? {} : { image: docker.image }),
    ...(git ? { autoDeploy: git.no_deploy_on_push !== true } : {}),
  };
}
