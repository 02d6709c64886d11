import { UnsupportedError } from '../model/errors.ts';

export interface Page<T> {
  items: T[];
  /** Cursor of the next page; absent, null or empty on the last one. */
  next?: string | null | undefined;
}

/** More pages than any account has: a provider that goes on for ever is stopped here. */
const MAX_PAGES = 1000;

/** All items of a paginated list, in order. @throws UnsupportedError when a cursor comes twice. */
export async function everyPage<T>(page: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const pages: T[][] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const { items, next } = await page(cursor);
    pages.push(items);
    cursor = next || undefined;
    if (cursor !== undefined && (seen.has(cursor) || seen.size >= MAX_PAGES)) {
      throw new UnsupportedError('a list at the provider does not end: the same page came again', {
        mend: 'report it',
      });
    }
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
  return pages.flat();
}
