import { digest } from './canonical.ts';
import type { Assignment, DesiredResource } from './graph.ts';
import { OUTPUTS, type Address, type JsonObject } from './resource.ts';
import type { InstanceState } from './state.ts';
import { fillDeep, type Reference } from './template.ts';

/** A spec with the references filled that may be known and shown. Secrets and secret outputs stay templates. */
export interface Resolved {
  spec: JsonObject;
  /** What was filled in, by reference text (`service.api.url`); of sealed secrets which value they have (`secret.KEY`). */
  references: Record<string, string>;
  /** References whose value is only known after another step. */
  pending: Address[];
}

export function isSecret(reference: Reference): boolean {
  if (reference.type === 'secret') return true;
  return reference.type === 'output' && OUTPUTS[reference.kind][reference.output]?.secret === true;
}

export function resolve(
  resource: DesiredResource,
  outputsOf: (address: Address) => Record<string, string> | undefined,
): Resolved {
  if (resource.dependsOn.length === 0 && resource.secrets.length === 0 && !resource.templated)
    return { spec: resource.spec, references: {}, pending: [] };
  const references: Record<string, string> = {};
  const pending = new Set<Address>();
  const spec = fillDeep(resource.spec, (reference) => {
    const version = reference.type === 'secret' ? resource.sealed?.[reference.name] : undefined;
    if (version !== undefined) references[reference.text.trim()] = version;
    if (reference.type !== 'output' || isSecret(reference)) return undefined;
    const value = outputsOf(reference.address)?.[reference.output];
    if (value === undefined) pending.add(reference.address);
    else references[reference.text] = value;
    return value;
  });
  return { spec, references, pending: [...pending] };
}

/** How often an instance was deployed again although nothing changed; one more when that is asked for now. */
export function generationOf(instance: InstanceState | undefined, redeploy: boolean): number {
  return (instance?.generation ?? 0) + (redeploy ? 1 : 0);
}

/** What a provider marks an instance with: two instances with the same hash are the same. */
export function instanceHash(
  resource: DesiredResource,
  assignment: Assignment,
  resolved: Resolved,
  generation: number,
): string {
  return digest({
    spec: resolved.spec,
    secrets: resource.sealed,
    source: resource.source?.tree,
    region: assignment.region,
    replicas: assignment.replicas,
    generation: generation || undefined,
  });
}
