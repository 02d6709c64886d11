import { failure } from './context.ts';

export interface PageArguments {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
}

const cursorOf = (at: number): string => Buffer.from(`cursor:${at}`).toString('base64');

const positionOf = (cursor: string): number => {
  const match = /^cursor:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString());
  if (!match) throw failure('BAD_USER_INPUT', `\`${cursor}\` does not appear to be a valid cursor.`);
  return Number(match[1]);
};

/** GitHub insists on `first` or `last`, between 1 and 100. */
const bounds = (name: string, { first, last }: PageArguments): void => {
  const size = first ?? last;
  if (size === null || size === undefined)
    throw failure(
      'MISSING_PAGINATION_BOUNDARIES',
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
    );
  if (size < 0) throw failure('BAD_USER_INPUT', `\`first\` on the \`${name}\` connection cannot be less than zero.`);
  if (size > 100)
    throw failure(
      'EXCESSIVE_PAGINATION',
      `Requesting ${size} records on the \`${name}\` connection exceeds the \`first\` limit of 100 records.`,
    );
};

/** The slice of a list that was asked for, as a connection. */
export const connect = <T, N>(name: string, items: readonly T[], asked: PageArguments, node: (item: T) => N) => {
  bounds(name, asked);
  let start = asked.after ? positionOf(asked.after) : 0;
  let end = asked.before ? Math.min(positionOf(asked.before) - 1, items.length) : items.length;
  if (asked.first !== null && asked.first !== undefined) end = Math.min(end, start + asked.first);
  else if (asked.last !== null && asked.last !== undefined) start = Math.max(start, end - asked.last);
  const nodes = items.slice(start, end).map(node);
  return {
    nodes,
    edges: nodes.map((one, at) => ({ node: one, cursor: cursorOf(start + at + 1) })),
    totalCount: items.length,
    pageInfo: {
      startCursor: nodes.length > 0 ? cursorOf(start + 1) : null,
      endCursor: nodes.length > 0 ? cursorOf(start + nodes.length) : null,
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
    },
  };
};
