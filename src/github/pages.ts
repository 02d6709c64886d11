import type { CallOptions, GitHub } from './github.ts';

const PAGE = 100;

/** Every item of a paged list, page by page until `limit` items or the last page. */
export async function* pages<T>(
  github: GitHub,
  route: string,
  params: Record<string, unknown>,
  options: CallOptions,
  { items = (data) => data as T[], limit = Infinity }: { items?: (data: unknown) => T[]; limit?: number } = {},
): AsyncGenerator<T> {
  let given = 0;
  for (let page = 1; ; page++) {
    const { data, headers } = await github.request(route, { ...params, per_page: PAGE, page }, options);
    for (const item of items(data)) {
      if (given++ >= limit) return;
      yield item;
    }
    if (!/rel="next"/.test(headers['link'] ?? '')) return;
  }
}
