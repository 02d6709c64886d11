import type { Call, Reply } from '../router.ts';

/** The page a request asks for: `per_page` 1 to 100, 30 unless said; `page` from 1. */
export const pageOf = (call: Call): { page: number; perPage: number } => {
  const number = (name: string, fallback: number): number => {
    const value = Number(call.query.get(name) ?? fallback);
    return Number.isInteger(value) && value > 0 ? value : fallback;
  };
  return { page: number('page', 1), perPage: Math.min(100, number('per_page', 30)) };
};

/** The `Link` header of a page of `total` items. */
export const linkHeader = (call: Call, total: number): Record<string, string> => {
  const { page, perPage } = pageOf(call);
  const last = Math.max(1, Math.ceil(total / perPage));
  const link = (to: number, rel: string): string => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(to));
    return `<${call.world.urls.api}${call.path}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(Math.min(page - 1, last), 'prev')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
    ...(page > 1 ? [link(1, 'first')] : []),
  ];
  return links.length > 0 ? { link: links.join(', ') } : {};
};

/** One page of a list. */
export const paged = async <T>(
  call: Call,
  items: readonly T[],
  render: (item: T) => unknown,
  wrap: (rendered: unknown[], total: number) => unknown = (rendered) => rendered,
): Promise<Reply> => {
  const { page, perPage } = pageOf(call);
  const rendered = await Promise.all(items.slice((page - 1) * perPage, page * perPage).map(render));
  return { status: 200, body: wrap(rendered, items.length), headers: linkHeader(call, items.length) };
};

/** A list answered as `{ total_count, [key]: [...] }`. */
export const counted =
  (key: string) =>
  (rendered: unknown[], total: number): unknown => ({ total_count: total, [key]: rendered });
