import { hash } from 'node:crypto';
import { parseAddress, type Address, type Kind } from '../model/resource.ts';
import type { Target } from './provider.ts';

/** The target for an address, with its deterministic identity. */
export function targetOf(fleet: string, environment: string, address: Address): Target {
  const { kind, name } = parseAddress(address) as { kind: Kind; name: string };
  return {
    fleet,
    environment,
    address,
    kind,
    name,
    // A plan of thousands that finds no drift asks for none.
    get identity() {
      return identity(fleet, environment, address);
    },
  };
}

/** Unique for (fleet, environment, address) by its hash part, readable by the rest, within the strictest provider's rules. */
export function identity(fleet: string, environment: string, address: Address): string {
  const mark = hash('sha256', `${fleet}\n${environment}\n${address}`).slice(0, 8);
  const words = `${fleet}-${environment}-${address.slice(address.indexOf('/') + 1)}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 31)
    .replace(/-+$/, '');
  return `${words || 'x'}-${mark}`;
}
