import { CredentialError, UnsupportedError } from '../../model/errors.ts';
import { exchange, type Exchange } from '../../provider-kit/http-exchange.ts';
import type { Transport } from './transport.ts';

/** Sends requests over a transport; what another try does not mend is said to be so. */
export function engineExchange({ engine, route }: Transport): Exchange {
  const socket = engine.kind === 'unix' ? engine.path : undefined;
  return (url, sent) => exchange(url, sent, route).catch((error: unknown) => Promise.reject(refused(error, socket)));
}

function refused(error: unknown, socket: string | undefined): unknown {
  const { code = '' } = error as { code?: string };
  if (socket !== undefined && code === 'ENOENT')
    return new UnsupportedError(`no Docker engine listens at ${socket}`, {
      mend: 'start Docker, or name another engine with the option engine or DOCKER_HOST',
    });
  if (socket !== undefined && code === 'EACCES')
    return new CredentialError(`this user may not use ${socket}`, { mend: 'add the user to the group "docker"' });
  if (/^ERR_SSL_.*ALERT/.test(code))
    return new CredentialError(`the engine refused the client certificate (${code})`, {
      mend: 'have cert.pem signed by the authority that the engine was started with',
    });
  return error;
}
