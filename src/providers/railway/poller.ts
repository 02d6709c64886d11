import { z } from 'zod';
import { tagOf } from '../../model/errors.ts';
import type { JsonObject } from '../../model/resource.ts';
import { exchange, type Answer, type Exchange } from '../../provider-kit/http-exchange.ts';
import type { Account } from '../../provider-kit/provider.ts';
import type { Deployment } from './answers.ts';
import { deploymentsOf } from './documents.ts';

/**
 * How often Railway may be asked. Everybody who waits at one account shares one question: what it answers about the others
 * is kept for them, so that ten deployments cost as many requests as one.
 */

export interface Poller {
  /** From now on somebody waits for it. */
  join(id: string): void;
  /** Its state: asked for, or as it came with somebody else's question since the last call. */
  state(id: string): Promise<Deployment>;
  /** Nobody waits for it any more. */
  leave(id: string): void;
}

type Ask = <T>(document: string, variables: JsonObject, parse: (value: unknown) => T) => Promise<T>;

const Answer = z.record(z.string(), z.object({ id: z.string(), status: z.string() }));

interface Waiting {
  /** What is known of each since it was last asked about. */
  known: Map<string, Deployment | undefined>;
  /** The question under way, if there is one. */
  question?: { ids: string[]; answered: Promise<Deployment[]> };
}

const waitingAt = new WeakMap<Account, Waiting>();

export function pollerOf(account: Account, ask: Ask): Poller {
  const waiting: Waiting = waitingAt.get(account) ?? { known: new Map() };
  waitingAt.set(account, waiting);
  const { known } = waiting;

  function states(ids: string[]): Promise<Deployment[]> {
    const variables = Object.fromEntries(ids.map((one, index) => [`d${index}`, one]));
    return ask(deploymentsOf(ids.length), variables, (value) => Object.values(Answer.parse(value)));
  }

  /** Asks about everything that is waited for. */
  function question(id: string): Promise<Deployment[]> {
    const ids = [...new Set([id, ...known.keys()])];
    const answered = states(ids);
    const asked = { ids, answered };
    waiting.question = asked;
    const over = () => {
      if (waiting.question === asked) delete waiting.question;
    };
    answered.then((all) => {
      over();
      for (const deployment of all) if (known.has(deployment.id)) known.set(deployment.id, deployment);
    }, over);
    return answered;
  }

  return {
    join: (id) => void known.set(id, known.get(id)),
    leave: (id) => void known.delete(id),
    async state(id) {
      if (!known.get(id)) {
        const under = waiting.question?.ids.includes(id) ? waiting.question.answered : question(id);
        const all = await under.catch((error) => {
          // One of them that was removed fails the whole question, and must not fail those who wait for another.
          if (tagOf(error) !== 'credential') throw error;
          return states([id]);
        });
        if (!known.get(id))
          known.set(
            id,
            all.find((deployment) => deployment.id === id),
          );
      }
      const state = known.get(id)!;
      known.set(id, undefined);
      return state;
    },
  };
}

const SLOWEST = 60;
const FASTEST = 5;

const limits = new WeakMap<Account, { perHour: number | undefined }>();

/** Seconds between two questions, by what the answers say of the limit: 100 an hour on Free, 1,000 on Hobby, 10,000 on Pro. */
export function paceOf(account: Account) {
  const known = limits.get(account) ?? { perHour: undefined };
  limits.set(account, known);
  return {
    async exchange(...request: Parameters<Exchange>): Promise<Answer> {
      const response = await exchange(...request);
      const limit = Number(response.headers.get('x-ratelimit-limit'));
      if (limit > 0) known.perHour = limit;
      return response;
    },
    seconds(): number {
      return known.perHour === undefined ? SLOWEST : Math.min(SLOWEST, Math.max(FASTEST, 6000 / known.perHour));
    },
  };
}
