import { HttpError } from './errors.ts';
import type { Principal } from './state.ts';

/** GitHub's limits; tests lower or lift them. */
export interface Limits {
  /** Requests an hour by kind of token. */
  perHour: { anonymous: number; user: number; app: number; installation: number; actions: number };
  /** Secondary limits of one token: points a minute, requests at once, comments, issues and pull requests a minute. */
  secondary: { restPoints: number; graphqlPoints: number; concurrent: number; contentPerMinute: number };
}

export const githubLimits = (): Limits => ({
  perHour: { anonymous: 60, user: 5000, app: 5000, installation: 5000, actions: 1000 },
  secondary: { restPoints: 900, graphqlPoints: 2000, concurrent: 100, contentPerMinute: 80 },
});

export type RateResource = 'core' | 'graphql' | 'search';

export interface RateWindow {
  limit: number;
  used: number;
  remaining: number;
  /** Seconds since 1970. */
  reset: number;
}

interface Usage {
  hours: Map<RateResource, { used: number; resetAt: number }>;
  minute: { startedAt: number; rest: number; graphql: number; content: number };
  inFlight: number;
}

/** Counts what each token used. Windows start at the first request and last an hour (a minute) by the clock. */
export class RateLimiter {
  readonly #limits: Limits;
  readonly #clock: () => Date;
  readonly #usage = new Map<string, Usage>();

  constructor(limits: Limits, clock: () => Date) {
    this.#limits = limits;
    this.#clock = clock;
  }

  window(principal: Principal, resource: RateResource): RateWindow {
    const limit = this.#limits.perHour[principal.kind];
    const { used, resetAt } = this.#hour(this.#of(principal), resource);
    return {
      limit,
      used: Math.min(used, limit),
      remaining: Math.max(0, limit - used),
      reset: Math.ceil(resetAt / 1000),
    };
  }

  headers(principal: Principal, resource: RateResource): Record<string, string> {
    const { limit, used, remaining, reset } = this.window(principal, resource);
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-used': String(used),
      'x-ratelimit-resource': resource,
    };
  }

  /** Counts one request; gives what ends it. @throws HttpError 403 when a limit is reached. */
  enter(principal: Principal, resource: RateResource, cost: { points: number; content: boolean }): () => void {
    const usage = this.#of(principal);
    const hour = this.#hour(usage, resource);
    if (hour.used >= this.#limits.perHour[principal.kind])
      throw new HttpError(
        403,
        `API rate limit exceeded for ${describe(principal)}. If you reach out to GitHub Support for help, please include the request ID.`,
        { documentationUrl: 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api' },
      );
    const { secondary } = this.#limits;
    const minute = this.#minute(usage);
    const [points, allowed] =
      resource === 'graphql' ? [minute.graphql, secondary.graphqlPoints] : [minute.rest, secondary.restPoints];
    if (
      usage.inFlight >= secondary.concurrent ||
      points + cost.points > allowed ||
      (cost.content && minute.content >= secondary.contentPerMinute)
    )
      throw secondaryLimit(Math.max(1, Math.ceil((minute.startedAt + 60_000 - this.#clock().getTime()) / 1000)));
    hour.used += 1;
    if (resource === 'graphql') minute.graphql += cost.points;
    else minute.rest += cost.points;
    if (cost.content) minute.content += 1;
    usage.inFlight += 1;
    return () => {
      usage.inFlight -= 1;
    };
  }

  /** An authenticated 304 costs nothing. */
  refund(principal: Principal, resource: RateResource): void {
    if (principal.kind !== 'anonymous') this.#hour(this.#of(principal), resource).used -= 1;
  }

  /** Forgets all counts. */
  reset(): void {
    this.#usage.clear();
  }

  #of(principal: Principal): Usage {
    const key = keyOf(principal);
    let usage = this.#usage.get(key);
    if (!usage) {
      usage = { hours: new Map(), minute: { startedAt: 0, rest: 0, graphql: 0, content: 0 }, inFlight: 0 };
      this.#usage.set(key, usage);
    }
    return usage;
  }

  #hour(usage: Usage, resource: RateResource): { used: number; resetAt: number } {
    const now = this.#clock().getTime();
    const known = usage.hours.get(resource);
    if (known && known.resetAt > now) return known;
    const fresh = { used: 0, resetAt: now + 3_600_000 };
    usage.hours.set(resource, fresh);
    return fresh;
  }

  #minute(usage: Usage): Usage['minute'] {
    const now = this.#clock().getTime();
    if (usage.minute.startedAt + 60_000 <= now) usage.minute = { startedAt: now, rest: 0, graphql: 0, content: 0 };
    return usage.minute;
  }
}

const secondaryLimit = (retryAfter: number): HttpError =>
  new HttpError(
    403,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID.',
    {
      headers: { 'retry-after': String(retryAfter) },
      documentationUrl:
        'https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits',
    },
  );

/** Whose budget a request uses: all tokens of a user or installation share one, as do all of a repository's runs. */
const keyOf = (principal: Principal): string => {
  switch (principal.kind) {
    case 'anonymous':
      return 'anonymous';
    case 'user':
      return `user ${principal.account.id}`;
    case 'app':
      return `app ${principal.app.id}`;
    case 'installation':
      return `installation ${principal.installation.id}`;
    case 'actions':
      return `actions ${principal.repository.id}`;
  }
};

const describe = (principal: Principal): string => {
  switch (principal.kind) {
    case 'user':
      return `user ID ${principal.account.id}`;
    case 'actions':
      return `installation ID ${principal.repository.id}`;
    case 'installation':
      return `installation ID ${principal.installation.id}`;
    case 'app':
      return `app ID ${principal.app.id}`;
    case 'anonymous':
      return '127.0.0.1';
  }
};
