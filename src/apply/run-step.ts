import { ConflictError, DeployError, failureOf, UnsupportedError, type Failure } from '../model/errors.ts';
import type { StepOutcome } from '../model/outcome.ts';
import type { Step } from '../model/plan.ts';
import type { StepRecord } from '../model/recorder.ts';
import { isSecretAddress } from '../model/renewal.ts';
import { createCircuitBreaker } from '../provider-kit/circuit-breaker.ts';
import { handlerOf, writerOf } from '../provider-kit/connection.ts';
import { targetOf } from '../provider-kit/identity.ts';
import { createLimiter } from '../model/limiter.ts';
import type { Desired, Handler, Observed, StepRun, Target } from '../provider-kit/provider.ts';
import { withRetries } from '../provider-kit/retry.ts';
import { learnOutputs, publicOutputs, type ApplyInput } from './apply-input.ts';
import { prepare } from './prepare.ts';
import { runSecretStep } from './secret-step.ts';
import { lostOutputs, sealOutputs } from './secret-outputs.ts';

/** How long a step may go on after the run was interrupted, in milliseconds: within what a cancelled Actions step gets. */
const GRACE = 2_000;

/** Runs steps; knows the limiter, the circuit breaker and the writing client of each account, made when first needed. */
export function createStepRunner(input: ApplyInput): (step: Step) => Promise<StepRecord> {
  const { clock, signal, plan, vault } = input;
  // What providers say goes to terminals, logs and the record: masked here, once.
  const onProgress: ApplyInput['onProgress'] = (progress) => input.onProgress(vault.maskDeep(progress));
  const resources = new Map(input.graph.resources.map((resource) => [resource.address, resource]));
  const lanes = new Map<string, ReturnType<typeof openLane>>();
  const laneOf = (account: string) => lanes.get(account) ?? lanes.set(account, openLane(input, account)).get(account)!;

  return async function runStep(step) {
    const { resource: subject } = step;
    if (isSecretAddress(subject)) return runSecretStep(input, { ...step, resource: subject });
    const lane = laneOf(step.provider);
    return lane.limit(async () => {
      const started = clock.now().getTime();
      let attempts = 0;
      const finish = (
        rest: Pick<StepOutcome, 'result'> & Partial<StepOutcome>,
        instance?: StepRecord['instance'],
      ): StepRecord => {
        const outcome: StepOutcome = { step, duration: clock.now().getTime() - started, attempts, ...rest };
        const message = outcome.failure?.message ?? outcome.outputs?.['url'] ?? step.action;
        onProgress({ kind: 'step', id: step.id, state: outcome.result, message });
        if (instance === undefined) return { outcome };
        return { outcome, instance, ...(imported ? { imported } : {}) };
      };
      const imported = input.imports?.get(step.resource);
      const before = input.recorded.resources.get(step.resource)?.instances[step.provider];
      const { name } = imported ?? before ?? {};
      const target = targetOf(plan.fleet, plan.environment, step.resource, name);
      const attempt = async <T>(call: (handler: Handler, writer: unknown, run: StepRun) => Promise<T>): Promise<T> => {
        const handler = lane.handler(target);
        const run = {
          signal,
          progress: (message: string) => onProgress({ kind: 'step', id: step.id, state: 'progress', message }),
        };
        const once = () => {
          attempts++;
          return call(handler, lane.writer(), run);
        };
        const retry = { delay: clock.delay, random: clock.random, signal };
        // The breaker counts steps, not tries: one resource that keeps failing does not close its account to the others.
        const tried = lane.breaker.run(() => withRetries(once, retry));
        return untilInterrupted(tried, input);
      };

      onProgress({ kind: 'step', id: step.id, state: 'started', message: step.action });
      try {
        if (step.action === 'delete') {
          await attempt((handler, writer, run) => handler.remove(writer, target, run));
          return finish({ result: 'succeeded' }, null);
        }
        const resource = resources.get(step.resource);
        if (!resource) throw new Error(`${step.id} is in the plan but not in the graph`);
        const { desired, recordAs } = prepare(input, step, resource);
        if (step.action === 'replace') await attempt((handler, writer, run) => handler.remove(writer, target, run));
        const lost = lostOutputs(input, step);
        const restore = input.restore?.address === step.resource ? input.restore.deployment.id : undefined;
        const observed = await attempt<Observed>(async (handler, writer, run) => {
          if (imported) return adopt(handler, writer, desired, run);
          const back = restore === undefined ? undefined : await handler.rollback?.(writer, target, restore, run);
          return back ?? handler.ensure(writer, lost.length > 0 ? { ...desired, reissue: lost } : desired, run);
        });
        learnOutputs(input, step.resource, step.provider, observed.outputs);
        const sealed = await sealOutputs(input, step, observed);
        const instance = { ...recordAs(observed, clock.now()), ...(sealed === undefined ? {} : { sealed }) };
        return finish({ result: 'succeeded', outputs: publicOutputs(step.resource, observed.outputs) }, instance);
      } catch (error) {
        if (error === INTERRUPTED || signal.aborted) return finish({ result: 'interrupted' });
        const failure = await putBack(error, step, target, attempt, input);
        // What could not be imported is nobody's still: nothing of it is remembered, so nothing of it is deleted.
        const nothing = imported && !before ? null : undefined;
        return finish({ result: 'failed', failure: vault.maskDeep(failure) }, nothing);
      }
    });
  };
}

function adopt(handler: Handler, writer: unknown, desired: Desired, run: StepRun): Promise<Observed> {
  if (handler.adopt) return handler.adopt(writer, desired, run);
  throw new UnsupportedError(`${desired.address} cannot be imported: ${handler.noImport ?? 'its provider cannot'}`);
}

function openLane({ connections, clock }: ApplyInput, account: string) {
  const connection = connections.get(account);
  const limit = createLimiter(connection?.provider.concurrency ?? 1);
  const breaker = createCircuitBreaker({ name: account, now: () => clock.now() });
  let client: unknown;
  return {
    limit,
    breaker,
    writer: () => (client ??= connection && writerOf(connection)),
    handler({ address, kind }: Target): Handler {
      if (!connection)
        throw new ConflictError(`"${account}" is no longer configured`, {
          mend: `keep it under providers: until ${address} is gone`,
        });
      const handler = handlerOf(connection, kind);
      if (!handler) throw new UnsupportedError(`${account} cannot hold a ${kind}`);
      return handler;
    },
  };
}

const INTERRUPTED = Symbol('interrupted');

/** The work, or INTERRUPTED when it has not ended some time after the signal. */
function untilInterrupted<T>(work: Promise<T>, { signal, clock }: ApplyInput): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => void clock.delay(GRACE).then(() => reject(INTERRUPTED));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

type Attempt = <T>(call: (handler: Handler, writer: unknown, run: StepRun) => Promise<T>) => Promise<T>;

/** A deployment that did not become live is put back to the one before, where the provider has not done so itself. */
async function putBack(
  error: unknown,
  step: Step,
  target: Target,
  attempt: Attempt,
  input: ApplyInput,
): Promise<Failure> {
  const failure = failureOf(error);
  const before = input.recorded.resources.get(step.resource)?.instances[step.provider]?.deployments[0];
  if (!(error instanceof DeployError) || error.restored || !before || step.action === 'replace') return failure;
  try {
    const restored = await attempt(async (handler, writer, run) => {
      return (await handler.rollback?.(writer, target, before.id, run)) !== undefined;
    });
    return { ...failure, restored };
  } catch (second) {
    return { ...failure, message: `${failure.message}; going back failed too: ${failureOf(second).message}` };
  }
}
