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

/** The state of a deployment, asked for or as it came with somebody else's question since the last call. */
export type Poller = {
  (id: string): Promise<Deployment>;
  /** Nobody waits for it any more. */
  forget(id: string): void;
};

type Ask = <T>(document: string, variables: JsonObject, parse: (value: unknown) => T) => Promise<T>;

const Answer = z.record(z.string(), z.object({ id: z.string(), status: z.string() }));

const waitedFor = new WeakMap<Account, Map<string, Deployment | undefined>>();

export function pollerOf(account: Account, ask: Ask): Poller {
  const waiting = waitedFor.get(account) ?? new Map<string, Deployment | undefined>();
  waitedFor.set(account, waiting);
  const states = (ids: string[]) => {
    const variables = Object.fromEntries(ids.map((one, index) => [`d${index}`, one]));
    return ask(deploymentsOf(ids.length), variables, (value) => Object.values(Answer.parse(value)));
  };
  const poll = async (id: string) => {
    const kept = waiting.get(id);
    waiting.set(id, undefined);
    if (kept) return kept;
    const others = [...waiting.keys()].filter((other) => other !== id);
    // One of them that was removed fails the whole question, and must not fail those who wait for another.
    const answer = await states([id, ...others]).catch((error) => {
      if (tagOf(error) !== 'credential' || others.length === 0) throw error;
      return states([id]);
    });
    const [own, ...rest] = answer;
    for (const deployment of rest) if (waiting.has(deployment.id)) waiting.set(deployment.id, deployment);
    return own!;
  };
  return Object.assign(poll, { forget: (id: string) => void waiting.delete(id) });
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
