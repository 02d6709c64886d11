import type { Address, Position } from './resource.ts';

/** What shall be of one secret that the fleet issues itself. Its values are called `v1`, `v2`, …, and `sealed` the one in the repository. */
export interface Renewal {
  address: SecretAddress;
  /** Where it stands in the config; absent for one that left it. */
  position?: Position;
  /** The value in use from this plan on; absent where it has none of its own, or none any more. */
  use?: string;
  /** When the value that it has now was set: ISO 8601. */
  age?: { changed: string };
  /** Set where the last try to issue or to end a value failed. */
  failed?: boolean;
  /** Why it is to be issued anew, whether now or not. */
  due?: string;
  /** What was rolled back, and keeps it from being issued anew. */
  waits?: Address;
  /** Set where `use` is still to be issued, now. */
  issue?: { because: string; from?: string };
  /** Earlier values, to be ended once nothing uses them. */
  old: readonly string[];
  /** Why the sealed value is not among them. */
  keeps?: string;
  /** Whether something ends them; otherwise they are only forgotten. */
  revokes: boolean;
  /** Set where it is the credential of an account: what a run began with, it uses to its end. */
  account?: string;
  graceSeconds: number;
}

/** A secret that is older than it may be and does not get another value by itself. */
export interface OverdueSecret {
  name: string;
  /** Since when: ISO 8601. */
  since: string;
  /** How old it is, and may be. */
  because: string;
  mend: string;
  position: Position;
}

/** `secret/STRIPE_KEY`: what a step and the record call it. */
export type SecretAddress = `secret/${string}`;

/** The value that the repository's sealed file has. */
export const SEALED_VALUE = 'sealed';

const PREFIX = 'secret/';

export const secretAddress = (name: string): SecretAddress => `${PREFIX}${name}`;

export function isSecretAddress(text: string): text is SecretAddress {
  return /^secret\/[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(text);
}

/** The name that the config calls it by. */
export const secretName = (address: SecretAddress): string => address.slice(PREFIX.length);

/** How a record's references call it: there stands which value something has. */
export const referenceTo = (name: string): string => `secret.${name}`;

/** The number of an issued value; 0 of the sealed one. */
export function numberOf(value: string): number {
  return value === SEALED_VALUE ? 0 : Number(value.slice(1));
}

/** Which value of an issued secret something uses, in the words of the record. */
export const issuedAs = (value: string): string => `issued as ${value}`;
