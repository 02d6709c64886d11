import { openSealed, readSealed } from '../../index.ts';
import type { Fleet } from '../open-fleet.ts';
import { attempt, type Finding } from './finding.ts';

/** Whether the sealed secrets of an environment, if it has any, are whole and open here. `flotilla secret check` looks closer. */
export async function secretsCheck({ store, commit, keyring }: Fleet, environment: string): Promise<Finding[]> {
  const { sealed } = await store.read({ commit, environment });
  if (sealed.size === 0) return [];
  const finding = await attempt('secrets', async () => {
    const { files, secrets } = readSealed(sealed, environment);
    const told = `${secrets.size} sealed in ${files.map(({ path }) => path).join(', ')}`;
    if (!(await keyring.isThere())) return `${told}; no identity here, so they stay closed`;
    for (const file of files) await openSealed(file, keyring);
    return `${told}; they open`;
  });
  return [finding];
}

/** The names of what is sealed for an environment; none where that cannot be read, which `secretsCheck` tells. */
export async function sealedNames({ store, commit }: Fleet, environment: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(readSealed((await store.read({ commit, environment })).sealed, environment).secrets.keys());
  } catch {
    return new Set();
  }
}
