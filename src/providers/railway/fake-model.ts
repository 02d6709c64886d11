import type { Values } from './fake-graphql.ts';

/** What the fake holds, and how it shows it. */

export interface FakeProject {
  id: string;
  name: string;
  description: string | null;
  environment: string;
  services: Map<string, FakeService>;
}

export interface FakeService {
  id: string;
  name: string;
  variables: Record<string, string>;
  /** As `serviceInstanceUpdate` sets it. */
  instance: Values;
  autoDeploy: boolean;
  limits?: Values;
  domains: { domain: string; targetPort: number | null }[];
  deployments: FakeDeployment[];
}

export interface FakeDeployment {
  id: string;
  status: string;
  ahead: string[];
  commit: string | null;
  /** The service's variables at its start. */
  variables: Record<string, string>;
  log: string[];
}

const SERVING = new Set(['SUCCESS', 'SLEEPING']);

/** Not there and not allowed are refused in the same words. */
export function required<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('Not Authorized');
  return found;
}

export function shownInstance({ id, name, instance, domains, deployments }: FakeService) {
  return {
    serviceId: id,
    serviceName: name,
    deletedAt: null,
    ...instance,
    domains: { serviceDomains: domains },
    latestDeployment: deployments.at(-1) ?? null,
    activeDeployments: deployments.filter(({ status }) => SERVING.has(status)),
  };
}

export function entered({ deployments }: FakeService, deployment: FakeDeployment): void {
  deployment.log.push(`${deployment.id} ${deployment.status}`);
  if (deployment.status === 'FAILED' || deployment.status === 'CRASHED')
    deployment.log.push('Error: the process\nended with code 1');
  if (deployment.status !== 'SUCCESS') return;
  for (const other of deployments) if (other !== deployment && SERVING.has(other.status)) other.status = 'REMOVED';
}

export function lines(log: string[], limit: unknown): { message: string }[] {
  return log.slice(-Number(limit)).map((message) => ({ message }));
}
