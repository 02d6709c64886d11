import type { Answers } from './script.ts';

/** A difference that is right, because emulate is not GitHub there either. */
export interface Gap {
  /** Matches the line that `differences` gives. */
  where: RegExp;
  /** What emulate does that GitHub does not, or does not do that GitHub does. */
  because: string;
}

/** Ids, addresses, dates and tokens are each side's own. */
const own = /^(id|node_id|.*_id|url|.*_url|_links|.*_at|date|token|timestamp)$/;

/** What is not the same in the answers of both sides, a line each: `step: path: …`. */
export function differences(sandbox: Answers, emulate: Answers): string[] {
  return Object.keys({ ...sandbox, ...emulate }).flatMap((step) =>
    compare(sandbox[step], emulate[step]).map((difference) => `${step}: ${difference}`),
  );
}

function compare(sandbox: unknown, emulate: unknown, path: readonly string[] = []): string[] {
  if (isObject(sandbox) && isObject(emulate)) {
    const [ours, theirs] = [named(sandbox), named(emulate)];
    return Object.keys({ ...ours, ...theirs })
      .filter((key) => !own.test(key))
      .flatMap((key) => compare(ours[key], theirs[key], [...path, key]));
  }
  const where = path.join('.');
  if (emulate === undefined) return sandbox === undefined ? [] : [`${where}: only the sandbox has it`];
  if (sandbox === undefined) return [`${where}: only emulate has it`];
  if (Object.is(sandbox, emulate)) return [];
  return [`${where}: ${JSON.stringify(sandbox)} in the sandbox, ${JSON.stringify(emulate)} in emulate`];
}

/** The entries of a folder by their paths, since emulate does not list them in git's order. */
const named = (value: Record<string, unknown>): Record<string, unknown> =>
  Array.isArray(value) && value.every((item) => typeof item?.path === 'string')
    ? Object.fromEntries(value.map((item) => [item.path, item]))
    : value;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
