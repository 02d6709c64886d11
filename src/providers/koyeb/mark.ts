import type { Address } from '../../model/resource.ts';
import type { Desired, Target } from '../../provider-kit/provider.ts';
import type { Deployment } from './api.ts';

/**
 * Whose a deployment is and what it was made from. Koyeb has no labels, but every deployment keeps the definition that it
 * was made with, so these are environment variables.
 */
export interface Mark {
  fleet: string;
  environment: string;
  address: Address;
  hash: string;
}

const VARIABLES: Record<keyof Mark, string> = {
  fleet: 'FLOTILLA_FLEET',
  environment: 'FLOTILLA_ENVIRONMENT',
  address: 'FLOTILLA_ADDRESS',
  hash: 'FLOTILLA_HASH',
};
const NAMES: ReadonlySet<string> = new Set(Object.values(VARIABLES));

export function markVariables(desired: Pick<Desired, keyof Mark>): Record<string, string> {
  const names = Object.keys(VARIABLES) as (keyof Mark)[];
  return Object.fromEntries(names.map((name) => [VARIABLES[name], desired[name]]));
}

export function isMarkVariable(name: string): boolean {
  return NAMES.has(name);
}

export function markOf({ definition }: Deployment): Mark | undefined {
  const values = new Map(definition.env?.map(({ key, value }) => [key, value]));
  const names = Object.keys(VARIABLES) as (keyof Mark)[];
  const mark = Object.fromEntries(names.map((name) => [name, values.get(VARIABLES[name])]));
  return Object.values(mark).every((value) => value) ? (mark as unknown as Mark) : undefined;
}

/** Names of the variables that are the application's own. */
export function ownVariables({ definition }: Deployment): string[] {
  const names = (definition.env ?? []).map(({ key }) => key);
  return names.filter((name) => !NAMES.has(name) && name !== 'PORT').toSorted();
}

export function isMarkOf(mark: Mark | undefined, { fleet, environment, address }: Target): boolean {
  return mark?.fleet === fleet && mark.environment === environment && mark.address === address;
}
