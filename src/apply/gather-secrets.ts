import { CredentialError } from '../model/errors.ts';
import type { Step } from '../model/plan.ts';
import { isSecretAddress, secretAddress } from '../model/renewal.ts';
import { OUTPUTS, parseAddress, type Address } from '../model/resource.ts';
import { eachTemplate, referencesIn } from '../model/template.ts';
import { secretOutputs, type ApplyInput } from './apply-input.ts';
import { lostOutputs } from './secret-outputs.ts';

type Needs = Pick<
  ApplyInput,
  'plan' | 'graph' | 'placement' | 'recorded' | 'connections' | 'vault' | 'seal' | 'outputs' | 'issuer'
>;

/**
 * Everything secret that the plan's steps need must be there before the first of them starts: values by name, outputs that only
 * the record has, and somebody to seal to what is told once. CredentialError for what is not; errors as `OutputSeal.open`.
 */
export async function gatherSecrets(needs: Needs): Promise<void> {
  for (const { resource, action } of needs.plan.steps)
    if (isSecretAddress(resource) && action !== 'delete') await needs.issuer.check(resource);
  requireSecrets(needs);
  requireSeal(needs);
  await recallOutputs(needs);
  if (needs.plan.steps.some(tellsSecrets)) await needs.seal?.check();
}

/** Whether what a step makes has outputs that are secret. */
function tellsSecrets({ action, resource }: Step): boolean {
  const kind = parseAddress(resource)?.kind;
  return action !== 'delete' && kind !== undefined && Object.values(OUTPUTS[kind]).some(({ secret }) => secret);
}

function requireSecrets({ plan: { steps }, graph, vault }: Needs): void {
  const making = new Set(steps.filter(({ action }) => action !== 'delete').map(({ resource }) => resource));
  const missing = graph.resources
    .filter(({ address }) => making.has(address))
    .flatMap(({ address, secrets, sealed = {} }) =>
      secrets
        .filter((name) => !vault.secret(name) && !making.has(secretAddress(name)))
        .map((name) => ({ text: `${name} (for ${address})`, sealed: Object.hasOwn(sealed, name) })),
    );
  if (missing.length === 0) return;
  const listed = `${missing.length === 1 ? 'the secret' : 'these secrets'} ${missing.map(({ text }) => text).join(', ')}`;
  if (missing.every((one) => one.sealed))
    throw new CredentialError(`there is no identity to open ${listed}`, {
      mend: 'set FLOTILLA_IDENTITY in the environment of the run; in a workflow, under env: from secrets',
    });
  throw new CredentialError(`no value for ${listed}`, {
    mend: 'seal it in the repository with `flotilla secret set`, or set it in the environment of the run; in a workflow, under env: from secrets',
  });
}

/** What is told once must be sealed to somebody. */
function requireSeal(input: Needs): void {
  if (input.seal) return;
  for (const step of input.plan.steps) {
    const lost = step.action === 'delete' ? [] : lostOutputs(input, step);
    if (lost.length > 0)
      throw new CredentialError(
        `${step.provider} tells ${lost.join(' and ')} of ${step.resource} only once, and there is nobody to seal them to`,
        { mend: 'run `flotilla secret init`, and commit flotilla.secrets.yml' },
      );
  }
}

/** Adds those outputs that were sealed in the record, as far as the plan's steps refer to them and the providers do not tell them. */
async function recallOutputs(input: Needs): Promise<void> {
  const { outputs } = input;
  for (const [address, names] of secretsNeeded(input)) {
    const provider = input.placement.get(address)?.[0]?.provider;
    const sealed = provider && input.recorded.resources.get(address)?.instances[provider]?.sealed;
    const known = outputs.get(address) ?? {};
    if (!sealed || [...names].every((name) => Object.hasOwn(known, name))) continue;
    if (!input.seal)
      throw new CredentialError(`${[...names].join(', ')} of ${address} was sealed, and flotilla.secrets.yml is gone`, {
        mend: 'restore it from git',
      });
    const opened = await input.seal.open(sealed);
    for (const value of Object.values(opened)) input.vault.learn(value);
    outputs.set(address, { ...opened, ...known });
  }
}

/** Secret outputs that the resources refer to which the plan makes. */
function secretsNeeded({ plan, graph }: Needs): Map<Address, Set<string>> {
  const made = new Set(plan.steps.filter(({ action }) => action !== 'delete').map(({ resource }) => resource));
  const needed = new Map<Address, Set<string>>();
  for (const { address, spec } of graph.resources.filter(
    (resource) => made.has(resource.address) && resource.templated,
  ))
    eachTemplate(spec, (text) => {
      for (const reference of referencesIn(text)) {
        if (reference.type !== 'output' || reference.address === address) continue;
        const { output } = reference;
        if (Object.keys(secretOutputs(reference.address, { [output]: '' })).length === 0) continue;
        needed.set(reference.address, (needed.get(reference.address) ?? new Set()).add(output));
      }
    });
  return needed;
}
