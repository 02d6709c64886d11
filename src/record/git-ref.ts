import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The id that a branch's own file in `.git` names: what git itself would answer, without a process. Undefined when git has to
 * be asked, because the branch is packed, kept in another way, or not there.
 */
export async function looseRef(root: string, ref: string): Promise<string | undefined> {
  const text = await readFile(join(root, '.git', ref), 'latin1').catch(() => '');
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})\n?$/.test(text) ? text.trim() : undefined;
}
