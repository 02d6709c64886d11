import type { Decision } from '../health/heal.ts';
import { failureOf } from '../model/errors.ts';
import type { Healed } from '../model/health-outcome.ts';
import type { Outcome } from '../model/outcome.ts';
import { isSecretAddress, type SecretAddress } from '../model/renewal.ts';
import type { Address } from '../model/resource.ts';
import type { Ports } from '../ports.ts';
import { apply } from '../reconcile.ts';
import type { Request } from '../request.ts';

export interface ToHeal {
  decisions: readonly Decision[];
  /** Moves that an earlier run decided and could not end. */
  unfinished: readonly Address[];
  /** Resources that are brought back to what was applied. */
  repairs: readonly { resource: Address; provider: string }[];
  /** Secrets that are due. */
  renewals: readonly { resource: SecretAddress; because: string; from: string }[];
}

/**
 * One apply for all of it, of the commit that was applied last and of nothing else: where each may be is recorded already, so
 * the plan moves what has to move. The guards hold as ever, and lift nothing by themselves.
 */
export async function carryOutHealing(
  { decisions, unfinished, repairs, renewals }: ToHeal,
  request: Omit<Request, 'only' | 'redeploy'>,
  ports: Ports,
): Promise<Healed[]> {
  const only = new Set<Address>(
    [...decisions, ...repairs, ...renewals].map(({ resource }) => resource).concat(unfinished),
  );
  if (only.size === 0) return [];
  const again = decisions.filter(({ action }) => action === 'restart' || action === 'redeploy');
  const redeploy = new Set(again.map(({ resource }) => resource));
  const all = [
    ...decisions,
    ...repairs.map(({ resource, provider }) => {
      const because = `${resource} is brought back to what was applied`;
      return { resource, action: 'repair' as const, from: provider, because };
    }),
    ...renewals.map((renewal) => ({ ...renewal, action: 'renew' as const })),
  ];
  const told = ({ resource, action, from, because }: (typeof all)[number], problem?: string): Healed => {
    const what = { resource, action, from, because };
    return problem === undefined ? { ...what, result: 'succeeded' } : { ...what, result: 'failed', problem };
  };
  try {
    const outcome = await apply({ ...request, only, redeploy }, ports);
    return all.map((one) => told(one, problemOf(outcome, one.resource)));
  } catch (error) {
    // It is recorded.
    const message = ports.vault.mask(failureOf(error).message);
    return all.map((one) => told(one, message));
  }
}

/** What stood in the way; undefined when the resource was made anew somewhere, whatever became of its old place. */
function problemOf({ plan, steps, result }: Outcome, resource: Address): string | undefined {
  const block = plan.blocks.find(({ resources }) => resources.length === 0 || resources.includes(resource));
  if (result === 'blocked') return block?.message ?? 'another guard stands in the way of this plan';
  const isOver = isSecretAddress(resource);
  const own = steps.filter(({ step }) => step.resource === resource && (isOver || step.action !== 'delete'));
  const bad = own.find((step) => step.result !== 'succeeded');
  if (bad) return bad.failure?.message ?? bad.because ?? 'it was interrupted';
  return own.length > 0 ? undefined : 'there was no other place for it, and nothing to change where it is';
}
