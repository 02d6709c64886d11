import type { Address } from '../../model/resource.ts';
import type { Target } from '../../provider-kit/provider.ts';
import type { Deploy } from './api.ts';

/**
 * Whose a service is and what its deploys were made with. Render has no labels, so this is an environment variable; it
 * belongs to the service and not to a deploy, so it says of the deploys before which hash each had.
 */
export interface Mark {
  fleet: string;
  environment: string;
  address: Address;
  /** What deploys that are not listed in `deploys` are made with. */
  hash: string;
  /** Their commit; null for images. A deploy of another commit is none of ours. */
  commit: string | null;
  /** Hashes of earlier deploys, by id. */
  deploys: Record<string, string>;
}

export const MARK = 'FLOTILLA_MARK';

/** The mark that a variable's value holds, if it is one. */
export function parseMark(text: string | undefined): Mark | undefined {
  try {
    const mark = JSON.parse(text ?? '') as Partial<Mark> | null;
    const words = [mark?.fleet, mark?.environment, mark?.address, mark?.hash];
    if (!words.every((word) => typeof word === 'string') || typeof mark?.deploys !== 'object') return undefined;
    return mark as Mark;
  } catch {
    return undefined;
  }
}

/** What a deploy was made with; null when that is not known, as of one that was started by hand. */
export function hashOf(deploy: Deploy, mark: Mark | undefined): string | null {
  if (!mark) return null;
  const earlier = mark.deploys[deploy.id];
  if (earlier !== undefined) return earlier || null;
  return mark.commit === null || deploy.commit?.id === mark.commit ? mark.hash : null;
}

/** The same mark for deploys from now on, with what is known of those so far. */
export function markAgain(
  { fleet, environment, address }: Pick<Target, 'fleet' | 'environment' | 'address'>,
  { hash, commit }: Pick<Mark, 'hash' | 'commit'>,
  known: { mark: Mark | undefined; deploys: Deploy[] } = { mark: undefined, deploys: [] },
): string {
  const deploys = Object.fromEntries(known.deploys.map((deploy) => [deploy.id, hashOf(deploy, known.mark) ?? '']));
  return JSON.stringify({ fleet, environment, address, hash, commit, deploys } satisfies Mark);
}

export function isMarkOf(mark: Mark | undefined, { fleet, environment, address }: Target): boolean {
  return mark?.fleet === fleet && mark.environment === environment && mark.address === address;
}
