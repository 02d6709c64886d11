import { hash } from 'node:crypto';
import { parseAddress, type Address, type Kind } from '../model/resource.ts';
import type { Scope, Target } from './provider.ts';

/** The target for an address, with its deterministic identity, or the `imported` name that the record knows it by. */
export function targetOf(fleet: string, environment: string, address: Address, imported?: string): Target {
  const { kind, name } = parseAddress(address) as { kind: Kind; name: string };
  return {
    fleet,
    environment,
    address,
    kind,
    name,
    // A plan of thousands that finds no drift asks for none.
    get identity() {
      return imported ?? identity(fleet, environment, address);
    },
  };
}

/** Unique for (fleet, environment, address) by its hash part, readable by the rest, within the strictest provider's rules. */
export function identity(fleet: string, environment: string, address: Address): string {
  const mark = hash('sha256', `${fleet}\n${environment}\n${address}`).slice(0, 8);
  const words = slug(`${fleet}-${environment}-${address.slice(address.indexOf('/') + 1)}`)
    .slice(0, 31)
    .replace(/-+$/, '');
  return `${words || 'x'}-${mark}`;
}

/** Whether something of this name may be the scope's, by the name alone: only of those a mark is asked for that costs a call each. */
export function mayBeOf({ fleet, environment, identities }: Scope, name: string): boolean {
  if (identities.has(name)) return true;
  return name.startsWith(slug(`${fleet}-${environment}`).slice(0, 30)) && /-[0-9a-f]{8}$/.test(name);
}

/** Lower case, digits and single dashes, starting with a letter. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '');
}
