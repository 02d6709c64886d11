import { CredentialError, UnsupportedError } from '../../model/errors.ts';
import { exchange, type Exchange } from '../../provider-kit/http-exchange.ts';
import { tlsRefusal } from './refused-connection.ts';
import type { Transport } from './transport.ts';

/** Sends requests over a transport; what another try does not mend is said to be so. */
export function engineExchange(transport: Transport): Exchange {
  return (url, sent) =>
    exchange(url, sent, transport.route).catch((error: unknown) => Promise.reject(refused(error, transport)));
}

function refused(error: unknown, { engine, certificates }: Transport): unknown {
  const { code = '' } = error as { code?: string };
  const socket = engine.kind === 'unix' ? engine.path : undefined;
  if (socket !== undefined && code === 'ENOENT')
    return new UnsupportedError(`no Docker engine listens at ${socket}`, {
      mend: 'start Docker, or name another engine with the option engine or DOCKER_HOST',
    });
  if (socket !== undefined && code === 'EACCES')
    return new CredentialError(`this user may not use ${socket}`, { mend: 'add the user to the group "docker"' });
  if (engine.kind !== 'tcp') return error;
  return tlsRefusal(error, `${engine.host}:${engine.port}`, certificates) ?? error;
}
