import type { Deployment, Instance } from './answers.ts';
import type { Place, RailwayReader } from './api.ts';
import { serves } from './phase.ts';

/** A service with the variables that it has now and that its deployments were made with. */
export interface Found {
  instance: Instance;
  variables: Record<string, string>;
  /** What answers requests; absent before the first deployment became live. */
  serving?: Deployment;
  latest?: Deployment;
  of(deployment: Deployment): Record<string, string>;
}

/** Services of one project with their variables and those of the deployments that matter: one request for all. */
export async function details(
  railway: RailwayReader,
  place: Place | undefined,
  instances: Instance[],
): Promise<Found[]> {
  if (!place || instances.length === 0) return [];
  const pairs = instances.map((instance) => {
    const latest = instance.latestDeployment ?? undefined;
    return {
      instance,
      latest,
      serving: instance.activeDeployments.find(serves) ?? (latest && serves(latest) ? latest : undefined),
    };
  });
  const deployments = new Set(
    pairs.flatMap(({ latest, serving }) => [latest, serving]).flatMap((one) => (one ? [one.id] : [])),
  );
  const services = instances.map(({ serviceId }) => serviceId);
  const variables = await railway.variables(place, services, [...deployments]);
  return pairs.map(({ instance, latest, serving }) => ({
    instance,
    variables: variables.get(instance.serviceId) ?? {},
    of: ({ id }) => variables.get(id) ?? {},
    ...(latest ? { latest } : {}),
    ...(serving ? { serving } : {}),
  }));
}
