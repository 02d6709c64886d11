import type { Address, JsonObject, Kind } from './resource.ts';

/** Whether a provider runs a kind; a "no" says why. */
export type Capability =
  /** `onlyImages`: a folder has to be built into an image before. */
  { supported: true; regions?: string[]; onlyImages?: true } | { supported: false; because: string };

/** A resource as the config describes it, with templates left in: what a provider can judge before it is asked anything. */
export interface Described {
  address: Address;
  kind: Kind;
  spec: JsonObject;
  /** How many of it one account is to run. Who refuses so many refuses more. */
  replicas: number;
}

/** Why a provider cannot hold a resource that is described so, though it holds others of its kind. */
export interface Refusal {
  /** Key of the resource that it is about, e.g. `rollout.strategy`. */
  at: string;
  because: string;
  mend: string;
}

/** What placement counts, each in the unit that limits of it have. */
export const MEASURES = {
  instances: { title: 'instances', unit: '' },
  cpu: { title: 'processor', unit: 'millicpu' },
  memory: { title: 'memory', unit: 'bytes' },
  hours: { title: 'instance hours a month', unit: 'hours' },
  builds: { title: 'builds a month', unit: '' },
  requests: { title: 'requests a month', unit: '' },
  bandwidth: { title: 'bandwidth a month', unit: 'bytes' },
} as const;
export type Measure = keyof typeof MEASURES;

/** How much of one measure an account may use. */
export interface Quota {
  measure: Measure;
  /** In the measure's unit. */
  amount: number;
  /** True: what one resource may have there, and for processor and memory one replica; otherwise all of the account together. */
  each?: boolean;
  /** Kinds that count against it; all when left out. */
  kinds?: readonly Kind[];
  /** How much of it is used right now, or so far this month, where the provider says so. */
  used?: number;
  /** Where the figure comes from: somebody read it, the config says it, or the provider itself in this run. */
  source: { url: string; date: string; confidence: 'documented' | 'unverified' } | 'config' | 'provider';
}

/** What a provider itself says of one of an account's limits. */
export type Usage = Pick<Quota, 'measure' | 'kinds' | 'used'> & { amount?: number };

/** What one configured account offers to placement. */
export interface Offer {
  account: string;
  type: string;
  title: string;
  kinds: Partial<Record<Kind, Capability>>;
  /** Limits known of it; what has none is taken as unlimited. */
  quotas?: readonly Quota[];
  /** Why it cannot hold this one, if it cannot. Pure. */
  refuses?(resource: Described): Refusal | undefined;
}

/** What the score of a place is made of, and how much each part weighs when the config does not say. */
export const DEFAULT_WEIGHTS = { cpu: 30, memory: 25, latency: 20, load: 15, success: 10 } as const;
export type Criterion = keyof typeof DEFAULT_WEIGHTS;
export type Weights = Readonly<Record<Criterion, number>>;

/** An amount with its unit, e.g. `512 MB memory`, `750 instance hours a month`. */
export function inWords(measure: Measure, amount: number): string {
  const { title, unit } = MEASURES[measure];
  if (unit === 'bytes') return `${bytes(amount)} ${title}`;
  if (unit === 'millicpu') return `${amount / 1000} processors`;
  return `${amount.toLocaleString('en')} ${amount === 1 ? title.replace(/s\b/, '') : title}`;
}

function bytes(amount: number): string {
  if (amount >= 1e9) return `${Math.round(amount / 1e8) / 10} GB`;
  if (amount >= 1e6) return `${Math.round(amount / 1e5) / 10} MB`;
  return `${amount} bytes`;
}
