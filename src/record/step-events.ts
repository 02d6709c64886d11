import type { StepOutcome } from '../model/outcome.ts';
import type { Event } from '../model/state.ts';

/** What an event says besides who, when and which run. */
export type EventFacts = Pick<Event, 'kind' | 'resource' | 'provider' | 'action' | 'message' | 'data'>;

/** Longest message in the journal, in characters. */
const MESSAGE_LENGTH = 500;

/** The event of a step that ended. */
export function outcomeEvent(outcome: StepOutcome): EventFacts {
  const { step, result, failure, because, duration, attempts } = outcome;
  const message = failure?.message ?? because;
  return {
    kind: `step.${result}`,
    resource: step.resource,
    provider: step.provider,
    action: step.action,
    ...(message ? { message: message.slice(0, MESSAGE_LENGTH) } : {}),
    ...(result === 'skipped' ? {} : { data: { milliseconds: Math.round(duration), attempts } }),
  };
}
