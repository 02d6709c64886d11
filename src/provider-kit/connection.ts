import { CredentialError } from '../model/errors.ts';
import type { Kind } from '../model/resource.ts';
import type { Account, Handler, Provider } from './provider.ts';

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

/** The client that plans get. */
export function readerOf(connection: Connection): unknown {
  requireCredentials(connection);
  return connection.provider.reader(connection.account);
}

/** The client that only apply gets. */
export function writerOf(connection: Connection): unknown {
  requireCredentials(connection);
  return connection.provider.writer(connection.account);
}

function requireCredentials({ account, provider }: Connection): void {
  const missing = provider.credentials.filter(({ variable, required }) => required && !account.credentials[variable]);
  if (missing.length === 0) return;
  const names = missing.map(({ variable }) => variable).join(', ');
  throw new CredentialError(`${account.name} needs ${names}, which is not set`, {
    mend: `set ${names} in the environment of the run (${missing.map(({ about }) => about).join('; ')})`,
  });
}
