import type { Answer } from './exchange.ts';

/** `wait`: it was not done, or may be repeated, after so many seconds. `lost`: it may have been done, nobody knows. */
export type Verdict =
  | { kind: 'final' }
  | { kind: 'wait'; seconds: number; because: string }
  | { kind: 'lost'; because: string };

export interface Attempt {
  /** Counts from 0. */
  number: number;
  /** Whether doing it twice is as good as doing it once. */
  repeatable: boolean;
  now: Date;
  random: () => number;
}

/** GitHub asks for at least a minute after a secondary limit that names no time. */
const SECONDARY_WAIT = 60;
const FIRST_PAUSE = 0.5;
const LONGEST_PAUSE = 20;

/** What to make of an answer: GitHub's rate limits, server errors and cut connections, in one place. Pure. */
export function verdict(answer: Answer, attempt: Attempt): Verdict {
  if (answer.kind === 'cut') {
    const because = `the connection to GitHub failed: ${answer.message}`;
    return attempt.repeatable || !answer.reached
      ? { kind: 'wait', seconds: pause(attempt), because }
      : { kind: 'lost', because };
  }
  const { status, headers } = answer;
  const words = messageOf(answer.data);
  const limited = limitOf(answer, words);
  if (limited) {
    const seconds =
      Number(headers['retry-after']) || (limited === 'primary' ? untilReset(headers, attempt.now) : SECONDARY_WAIT);
    return { kind: 'wait', seconds, because: `GitHub's ${limited} rate limit is used up` };
  }
  const broken = status >= 500 || (status === 200 && words.startsWith('Something went wrong'));
  if (!broken) return { kind: 'final' };
  const because = `GitHub answered ${status}${words ? `: ${words}` : ''}`;
  if (!attempt.repeatable) return { kind: 'lost', because };
  return { kind: 'wait', seconds: Number(headers['retry-after']) || pause(attempt), because };
}

function limitOf(
  { status, headers, data }: Extract<Answer, { kind: 'answer' }>,
  words: string,
): 'primary' | 'secondary' | undefined {
  const refused = status === 403 || status === 429;
  const graphqlLimit = status === 200 && errorsOf(data).some(({ type }) => type === 'RATE_LIMITED');
  if (!refused && !graphqlLimit) return undefined;
  if (/secondary rate limit|abuse detection/i.test(words)) return 'secondary';
  if (headers['x-ratelimit-remaining'] === '0' || graphqlLimit) return 'primary';
  return status === 429 || headers['retry-after'] ? 'secondary' : undefined;
}

function untilReset(headers: Record<string, string>, now: Date): number {
  const reset = Number(headers['x-ratelimit-reset']);
  // A second more, because the reset is given in whole ones.
  return reset ? Math.max(1, reset - now.getTime() / 1000 + 1) : SECONDARY_WAIT;
}

const pause = ({ number, random }: Attempt): number =>
  Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** number) * (0.5 + random() / 2);

/** The words of an error answer, REST or GraphQL. */
export function messageOf(data: unknown): string {
  const { message } = (data ?? {}) as { message?: unknown };
  if (typeof message === 'string') return message;
  return errorsOf(data)
    .map((error) => error.message)
    .join('; ');
}

export interface GraphqlError {
  type?: string;
  message: string;
  path?: (string | number)[];
}

/** The `errors` of a GraphQL answer; empty for anything else. */
export function errorsOf(data: unknown): GraphqlError[] {
  const { errors } = (data ?? {}) as { errors?: unknown };
  return Array.isArray(errors) ? (errors as GraphqlError[]) : [];
}
