import { get } from 'node:http';
import { connect } from 'node:net';
import { LOOPBACK } from './claim-port.ts';

/** One look at a process: undefined when it is healthy, else what was wrong. */
export function probe(port: number, path: string | undefined, timeout: number): Promise<string | undefined> {
  return path === undefined ? probeTcp(port, timeout) : probeHttp(port, path, timeout);
}

function probeHttp(port: number, path: string, timeout: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get({ host: LOOPBACK, port, path, agent: false, timeout }, (response) => {
      const status = response.statusCode ?? 0;
      response.destroy();
      resolve(status >= 200 && status < 400 ? undefined : `GET ${path} answered ${status}`);
    });
    request.on('timeout', () => request.destroy(new Error(`GET ${path} did not answer in ${timeout / 1000} s`)));
    request.on('error', (error: NodeJS.ErrnoException) => resolve(reason(error, port)));
  });
}

function probeTcp(port: number, timeout: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: LOOPBACK, port, timeout }, () => {
      // Where nobody listens, a connection can be given that very port to come from, and then meets itself.
      const itself = socket.localPort === port;
      socket.destroy();
      resolve(itself ? `nothing listens on the port in PORT (${port})` : undefined);
    });
    socket.on('timeout', () => socket.destroy(new Error(`port ${port} did not answer`)));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(reason(error, port)));
  });
}

function reason(error: NodeJS.ErrnoException, port: number): string {
  return error.code === 'ECONNREFUSED' ? `nothing listens on the port in PORT (${port})` : error.message;
}
