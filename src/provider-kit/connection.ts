import { CredentialError } from '../model/errors.ts';
import type { Kind } from '../model/resource.ts';
import { leftAlone } from './circuit-breaker.ts';
import type { Account, Handler, Provider } from './provider.ts';

/** A configured account with the provider behind it. */
export interface Connection {
  account: Account;
  provider: Provider;
  /** Its circuit was open at the end of the last run: nobody asks it until then. ISO 8601. */
  restsUntil?: string | undefined;
}

/** Connections by account name. */
export type Connections = ReadonlyMap<string, Connection>;

export function handlerOf({ provider }: Connection, kind: Kind): Handler | undefined {
  return provider.handlers[kind];
}

/** The client that plans get. */
export function readerOf(connection: Connection): unknown {
  requireReady(connection);
  return connection.provider.reader(connection.account);
}

/** The client that only apply gets. */
export function writerOf(connection: Connection): unknown {
  requireReady(connection);
  return connection.provider.writer(connection.account);
}

function requireReady({ account, provider, restsUntil }: Connection): void {
  if (restsUntil !== undefined) throw leftAlone(account.name, `until ${restsUntil}`);
  const missing = provider.credentials.filter(({ variable, required }) => required && !account.credentials[variable]);
  if (missing.length === 0) return;
  const names = missing.map(({ variable }) => variable).join(', ');
  throw new CredentialError(`${account.name} needs ${names}, which is not set`, {
    mend: `set ${names} in the environment of the run (${missing.map(({ about }) => about).join('; ')})`,
  });
}
