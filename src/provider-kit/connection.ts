import type { Account, Handler, Provider } from './provider.ts';
import type { Kind } from '../model/resource.ts';

/** A configured account with the provider behind it. */
export interface Connection {
  account: Account;
  provider: Provider;
}

/** Connections by account name. */
export type Connections = ReadonlyMap<string, Connection>;

export function handlerOf({ provider }: Connection, kind: Kind): Handler | undefined {
  return provider.handlers[kind];
}
