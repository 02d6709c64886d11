import { ConflictError, CredentialError } from '../model/errors.ts';
import type { Assignment, DesiredResource } from '../model/graph.ts';
import { sourceWithImage, withImage } from '../model/built-image.ts';
import { referenceTo } from '../model/renewal.ts';
import { generationOf, instanceHash, resolve } from '../model/resolve.ts';
import type { Step } from '../model/plan.ts';
import type { Deployment, InstanceState } from '../model/state.ts';
import type { SourceRef } from '../model/source.ts';
import { fillDeep } from '../model/template.ts';
import { targetOf } from '../provider-kit/identity.ts';
import type { Desired, Observed } from '../provider-kit/provider.ts';
import { publicOutputs, type ApplyInput, type Import } from './apply-input.ts';

/** What one step makes: what the provider gets, and what the record will say when it succeeded. */
export interface Prepared {
  desired: Desired;
  /** The instance as it is to be recorded, given what the provider answered. */
  recordAs(observed: Observed, at: Date): InstanceState;
}

export function prepare(input: ApplyInput, step: Step, resource: DesiredResource): Prepared {
  const assignment = input.placement.get(step.resource)?.find(({ provider }) => provider === step.provider);
  if (!assignment) throw new Error(`${step.id} is in the plan but not in the placement`);
  const before = input.recorded.resources.get(step.resource)?.instances[step.provider];
  const imported = input.imports?.get(step.resource);
  if (imported) return existing(input, resource, assignment, imported);
  return input.restore?.address === step.resource
    ? earlier(input, resource, assignment, input.restore.deployment, before)
    : wanted(input, resource, assignment, before);
}

function wanted(
  input: ApplyInput,
  resource: DesiredResource,
  assignment: Assignment,
  before?: InstanceState,
): Prepared {
  const resolved = resolve(resource, (address) => input.outputs.get(address));
  const generation = generationOf(before, input.redeploy.has(resource.address));
  const hash = instanceHash(resource, assignment, resolved, generation);
  const source = sourceWithImage(resource.source, before?.source);
  const spec = reveal(input, resource.spec);
  const content = {
    spec: resource.spec,
    references: resolved.references,
    ...(source ? { source } : {}),
  };
  return {
    desired: desired(input, resource, assignment, spec, hash, source),
    recordAs: (observed, at) => ({
      ...instance(observed, assignment, content, hash, at, input.plan.commit, before),
      ...(generation > 0 ? { generation } : {}),
    }),
  };
}

/** The version of what is imported and may be another than the config describes: no hash is like it. */
const UNTOLD = 'imported';

/** An import: nothing is sent of what the config says, so no secret is needed. */
function existing(
  input: ApplyInput,
  resource: DesiredResource,
  assignment: Assignment,
  { name, same }: Import,
): Prepared {
  const resolved = resolve(resource, (address) => input.outputs.get(address));
  const hash = same ? instanceHash(resource, assignment, resolved, 0) : UNTOLD;
  const { source } = resource;
  const content = { spec: resource.spec, references: resolved.references, ...(source ? { source } : {}) };
  const wanted = desired(input, resource, assignment, resource.spec, hash, source);
  return {
    desired: { ...wanted, ...targetOf(wanted.fleet, wanted.environment, wanted.address, name) },
    recordAs: (observed, at) => ({
      ...instance(observed, assignment, content, hash, at, input.plan.commit),
      name,
    }),
  };
}

/** A rollback: the recorded deployment's spec and files, with today's secrets. */
function earlier(
  input: ApplyInput,
  resource: DesiredResource,
  assignment: Assignment,
  deployment: Deployment,
  before?: InstanceState,
): Prepared {
  const { hash, commit, spec, references, source } = deployment;
  const today = Object.entries(resource.sealed ?? {}).map(([name, version]) => [referenceTo(name), version] as const);
  const given = today.filter(([name]) => Object.hasOwn(references, name));
  const content = { spec, references: { ...references, ...Object.fromEntries(given) }, ...(source ? { source } : {}) };
  return {
    desired: desired(input, resource, assignment, reveal(input, spec), hash, source),
    recordAs: (observed, at) => ({
      ...instance(observed, assignment, content, hash, at, commit, before),
      ...(before?.generation ? { generation: before.generation } : {}),
      ...(before?.hash && before.hash !== hash ? { heldBack: before.hash } : {}),
    }),
  };
}

/** `requireSecrets` looks at what the config names today; a deployment to go back to may name others. */
function missing(secret: string): never {
  throw new CredentialError(`no value for the secret ${secret}`, {
    mend: 'seal it with `flotilla secret set`, or set it in the environment of the run',
  });
}

/** All references filled, secrets too: for the provider only. */
function reveal(input: ApplyInput, spec: DesiredResource['spec']): DesiredResource['spec'] {
  return fillDeep(spec, (reference) => {
    if (reference.type === 'secret') return input.vault.secret(reference.name) ?? missing(reference.name);
    if (reference.type === 'invalid') return undefined;
    const value = input.outputs.get(reference.address)?.[reference.output];
    if (value === undefined)
      throw new ConflictError(
        `\${${reference.text}} has no value: ${reference.address} gave no output "${reference.output}"`,
      );
    return value;
  });
}

function desired(
  input: ApplyInput,
  resource: DesiredResource,
  assignment: Assignment,
  spec: DesiredResource['spec'],
  hash: string,
  source: SourceRef | undefined,
): Desired {
  const { fleet, environment } = input.graph;
  const { name } = input.recorded.resources.get(resource.address)?.instances[assignment.provider] ?? {};
  return {
    ...targetOf(fleet, environment, resource.address, name),
    spec: withImage(spec, source),
    hash,
    replicas: assignment.replicas,
    ...(assignment.region ? { region: assignment.region } : {}),
    commit: input.plan.commit,
    ...(source && !source.image ? { source: input.sources.sourceFolder(source.dir, source.tree) } : {}),
  };
}

const KEPT_DEPLOYMENTS = 10;

function instance(
  observed: Observed,
  assignment: Assignment,
  content: Pick<Deployment, 'spec' | 'references' | 'source'>,
  hash: string,
  at: Date,
  commit: string | null,
  before?: InstanceState,
): InstanceState {
  const deployment: Deployment = { id: observed.deployment ?? hash, hash, commit, at: at.toISOString(), ...content };
  const others = (before?.deployments ?? []).filter(({ id, hash: other }) => id !== deployment.id && other !== hash);
  return {
    id: observed.id,
    ...(before?.name ? { name: before.name } : {}),
    hash,
    ...(assignment.region ? { region: assignment.region } : {}),
    replicas: assignment.replicas,
    ...content,
    outputs: publicOutputs(observed.address, observed.outputs),
    phase: observed.phase,
    deployments: [deployment, ...others].slice(0, KEPT_DEPLOYMENTS),
  };
}
