import { z } from 'zod';
import { UnsupportedError } from '../../model/errors.ts';
import type { Answered } from '../../provider-kit/http-answer.ts';
import { createHttp } from '../../provider-kit/http.ts';
import type { Account } from '../../provider-kit/provider.ts';
import { engineExchange } from './engine-exchange.ts';
import { readSession, writeSession, type ReadSession, type WriteSession } from './session.ts';
import { transportOf } from './transport.ts';

const Version = z.object({ MinAPIVersion: z.string() });

export interface EngineReader {
  account: Account;
  /** Host under which published ports are reached. */
  host: string;
  /** Asks which versions of its API the engine speaks: the first call of every operation. */
  read(): Promise<ReadSession>;
}

export interface EngineWriter extends EngineReader {
  /** No message of the session repeats a value of `mask`. */
  write(mask: readonly string[]): Promise<WriteSession>;
}

/** The newest version that this client was written against. */
const NEWEST = '1.51';
export function connect(account: Account): { reader: EngineReader; writer: EngineWriter } {
  const transport = transportOf(account);
  const { engine } = transport;
  const host = account.options['host'] ?? (engine.kind === 'unix' ? '127.0.0.1' : engine.host);
  const hidden = Object.values(account.credentials);
  const http = (prefix = '') =>
    createHttp({
      name: account.name,
      baseUrl: `${transport.origin}${prefix}`,
      exchange: engineExchange(transport),
      signal: account.signal,
      maxBytes: 64_000_000,
      credentialMend: 'check who may use this engine',
      mask: account.mask,
    });

  /**
   * A path without a version is deprecated, and engines drop old versions: so in the engine's own, as far as it is known
   * here. `/version` would say all at once, and takes Podman a second.
   */
  async function open() {
    const own = await http().reader.get('/_ping', { as: 'text', parse: (_, { headers }) => versionIn(headers) });
    if (!isLater(own, NEWEST)) return http(`/v${own}`);
    const { MinAPIVersion } = await http().reader.get('/version', { parse: (value) => Version.parse(value) });
    return http(`/v${isLater(MinAPIVersion, NEWEST) ? MinAPIVersion : NEWEST}`);
  }

  const reader: EngineReader = {
    account,
    host: String(host),
    read: async () => readSession((await open()).reader),
  };
  return {
    reader,
    writer: { ...reader, write: async (mask) => writeSession((await open()).writer, [...mask, ...hidden]) },
  };
}

function versionIn(headers: Answered['headers']): string {
  const version = headers.get('api-version');
  if (version && /^\d+\.\d+$/.test(version)) return version;
  throw new UnsupportedError('what answers there is no Docker engine', { mend: 'check its address' });
}

/** Versions are `1.41`: two numbers, not one. */
function isLater(a: string, b: string): boolean {
  const [[aMajor = 0, aMinor = 0], [bMajor = 0, bMinor = 0]] = [a, b].map((text) => text.split('.').map(Number)) as [
    number[],
    number[],
  ];
  return aMajor === bMajor ? aMinor > bMinor : aMajor > bMajor;
}
