import { TransientError, tagOf } from '../model/errors.ts';

export interface CircuitBreaker {
  /** Does the work, or throws at once while the circuit is open. */
  run<T>(work: () => Promise<T>): Promise<T>;
  readonly state: CircuitState['name'];
}

/** `half-open`: one call is on its way to see whether the provider is back; others still fail at once. */
export type CircuitState =
  | { name: 'closed'; failures: number }
  /** `until` in milliseconds since 1970. */
  | { name: 'open'; until: number }
  | { name: 'half-open' };

export interface CircuitOptions {
  /** The provider account, as messages name it. */
  name: string;
  /** Transient failures in a row that open it. Default 5. */
  threshold?: number;
  /** Default 30. */
  coolDownSeconds?: number;
  now(): Date;
}

/** One for each provider account, so that a provider that is down is not asked by every step in turn. */
export function createCircuitBreaker({
  name,
  threshold = 5,
  coolDownSeconds = 30,
  now,
}: CircuitOptions): CircuitBreaker {
  let state: CircuitState = { name: 'closed', failures: 0 };
  return {
    get state() {
      return state.name;
    },
    async run(work) {
      if (state.name === 'half-open' || (state.name === 'open' && now().getTime() < state.until))
        throw openError(name, state, now().getTime());
      if (state.name === 'open') state = { name: 'half-open' };
      try {
        const result = await work();
        state = { name: 'closed', failures: 0 };
        return result;
      } catch (error) {
        state = afterFailure(state, error, threshold, now().getTime() + coolDownSeconds * 1000);
        throw error;
      }
    },
  };
}

/** An answer that is no transient error, even a refusal, shows that the provider is there. */
function afterFailure(state: CircuitState, error: unknown, threshold: number, until: number): CircuitState {
  if (tagOf(error) !== 'transient') return { name: 'closed', failures: 0 };
  // A call from before it opened says nothing new.
  if (state.name === 'open') return state;
  const failures = state.name === 'closed' ? state.failures + 1 : threshold;
  return failures >= threshold ? { name: 'open', until } : { name: 'closed', failures };
}

const OPEN = Symbol.for('flotilla.open-circuit');

function openError(name: string, state: CircuitState, now: number): TransientError {
  const retryAfter = state.name === 'open' ? Math.max(0, (state.until - now) / 1000) : 1;
  return leftAlone(name, 'for now', retryAfter);
}

/** What is said of an account whose circuit is open, where nothing is asked. `until`: `for now`, or `until` and a time. */
export function leftAlone(name: string, until: string, retryAfter?: number): TransientError {
  const error = new TransientError(`${name} failed several times in a row and is left alone ${until}`, {
    ...(retryAfter === undefined ? {} : { retryAfter }),
    mend: 'run again later, or place the resource elsewhere',
  });
  return Object.assign(error, { [OPEN]: true });
}

/** Whether an error came from an open circuit, where nothing was asked. */
export function isOpenCircuit(error: unknown): boolean {
  return typeof error === 'object' && error !== null && OPEN in error;
}
