import type { Kind } from './resource.ts';

/** Whether a provider runs a kind; a "no" says why. */
export type Capability = { supported: true; regions?: string[] } | { supported: false; because: string };

/** What one configured account offers to placement. */
export interface Offer {
  account: string;
  type: string;
  title: string;
  kinds: Partial<Record<Kind, Capability>>;
}
