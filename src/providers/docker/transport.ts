import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { CredentialError, UnsupportedError } from '../../model/errors.ts';
import type { Account } from '../../provider-kit/provider.ts';
import { DEFAULT_ENGINE, isLoopback, parseEngine, type EngineAddress } from './engine-address.ts';
import type { Certificates } from './refused-connection.ts';
import { connectBySsh } from './ssh-connection.ts';

/** How bytes get to an engine. */
export interface Transport {
  engine: EngineAddress;
  /** Where the engine is, for URLs and messages. */
  origin: string;
  route: { agent: Agent; socketPath?: string };
  /** What is shown to the engine, where that is by TLS. */
  certificates?: Certificates;
}

/** Each connection of ssh is a process. */
const KEEP = { keepAlive: true, maxSockets: 4 };

/**
 * @throws UnsupportedError for an address that is none, or that anybody on the way could read; CredentialError for
 * certificates that are not there.
 */
export function transportOf(account: Account): Transport {
  const { name, options, credentials } = account;
  const engine = parseEngine(options['engine'] ?? credentials['DOCKER_HOST'] ?? DEFAULT_ENGINE);
  if (typeof engine === 'string')
    throw new UnsupportedError(`${name}: this is no address of a Docker engine`, { mend: engine });
  if (engine.kind === 'unix') {
    const agent = new Agent(KEEP);
    return { engine, origin: 'http://engine', route: { agent, socketPath: engine.path } };
  }
  if (engine.kind === 'ssh') {
    const socket = credentials['SSH_AUTH_SOCK'];
    const env: Record<string, string> = socket ? { SSH_AUTH_SOCK: socket } : {};
    const createConnection = (): Duplex => connectBySsh(engine, env);
    const agent = Object.assign(new Agent(KEEP), { createConnection });
    return { engine, origin: 'http://engine', route: { agent } };
  }
  const certificates = certificatesOf(account);
  const where = `${engine.host}:${engine.port}`;
  if (certificates) {
    // Said here, so that no variable of Node's own can say otherwise.
    const strict = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', rejectUnauthorized: true } as const;
    const agent = new TlsAgent({ ...KEEP, ...strict, ...certificates });
    return { engine, origin: `https://${where}`, route: { agent }, certificates };
  }
  if (!isLoopback(engine.host))
    throw new CredentialError(`${name}: tcp://${where} without certificates would give that machine to anybody`, {
      mend: 'flotilla certificate issue makes some; or set DOCKER_CERT_PATH, or use ssh://',
    });
  return { engine, origin: `http://${where}`, route: { agent: new Agent(KEEP) } };
}

/**
 * From the environment or the sealed secrets only: whoever can edit the config could otherwise name an engine of their own
 * together with an authority that vouches for it, and be sent the fleet's secrets.
 */
function certificatesOf({ name, credentials }: Account): Certificates | undefined {
  const folder = credentials['DOCKER_CERT_PATH'];
  const [ca, cert, key] = ['DOCKER_CA', 'DOCKER_CERT', 'DOCKER_KEY'].map((variable) => credentials[variable]);
  if (ca && cert && key) return { ca, cert, key };
  if (ca || cert || key)
    throw new CredentialError(`${name}: DOCKER_CA, DOCKER_CERT and DOCKER_KEY are needed together`, {
      mend: 'set all three to PEM text, or DOCKER_CERT_PATH alone',
    });
  if (!folder) return undefined;
  const read = (file: string) => {
    try {
      return readFileSync(join(folder, file), 'utf8');
    } catch (error) {
      throw new CredentialError(`${name}: there is no readable ${file} in DOCKER_CERT_PATH`, {
        mend: 'it has to hold ca.pem, cert.pem and key.pem',
        cause: error,
      });
    }
  };
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
}
