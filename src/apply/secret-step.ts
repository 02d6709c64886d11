import { failureOf } from '../model/errors.ts';
import type { StepOutcome } from '../model/outcome.ts';
import type { Step } from '../model/plan.ts';
import type { StepRecord } from '../model/recorder.ts';
import { numberOf, type Renewal, type SecretAddress } from '../model/renewal.ts';
import type { InstanceState } from '../model/state.ts';
import type { ApplyInput } from './apply-input.ts';

/** Issues a value of a secret, or ends one. It is never tried again by itself: whoever issues may have made one already. */
export async function runSecretStep(input: ApplyInput, step: Step & { resource: SecretAddress }): Promise<StepRecord> {
  const { clock, signal, vault, issuer } = input;
  const { id, resource, provider: value, action } = step;
  const renewal = input.renewals.find(({ address }) => address === resource);
  const started = clock.now().getTime();
  const tell: ApplyInput['onProgress'] = (progress) => input.onProgress(vault.maskDeep(progress));
  const progress = (message: string) => tell({ kind: 'step', id, state: 'progress', message });
  const finish = (rest: Pick<StepOutcome, 'result' | 'failure'>, instance?: InstanceState | null): StepRecord => {
    tell({ kind: 'step', id, state: rest.result, message: rest.failure?.message ?? action });
    const outcome: StepOutcome = { step, duration: clock.now().getTime() - started, attempts: 1, ...rest };
    return instance === undefined ? { outcome } : { outcome, instance };
  };

  tell({ kind: 'step', id, state: 'started', message: action });
  try {
    if (action === 'delete') {
      const remembered = await issuer.revoke(resource, value, progress);
      if (remembered === null && !isLast(value, renewal, input)) return finish({ result: 'succeeded' }, null);
      return finish({ result: 'succeeded' }, { ...blank(value), hash: remembered });
    }
    const { id: name, sealed } = await issuer.issue(resource, value, renewal?.issue?.from, progress);
    const at = clock.now().toISOString();
    const deployment = { id: name, hash: value, commit: input.plan.commit, at, spec: {}, references: {} };
    return finish(
      { result: 'succeeded' },
      { ...blank(value), id: name, phase: 'live', sealed, deployments: [deployment] },
    );
  } catch (error) {
    if (signal.aborted) return finish({ result: 'interrupted' });
    return finish({ result: 'failed', failure: vault.maskDeep(failureOf(error)) });
  }
}

/** The last number that was given out is remembered, so that no other value ever gets it. */
function isLast(value: string, renewal: Renewal | undefined, { recorded }: Pick<ApplyInput, 'recorded'>): boolean {
  const others = Object.keys((renewal && recorded.secrets.get(renewal.address)?.instances) ?? {});
  const known = [...others, ...(renewal?.use === undefined ? [] : [renewal.use])];
  return known.every((other) => numberOf(other) <= numberOf(value));
}

const blank = (value: string): InstanceState => ({
  id: null,
  hash: value,
  replicas: 1,
  spec: {},
  references: {},
  outputs: {},
  phase: 'removed',
  deployments: [],
});
