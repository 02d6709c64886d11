import { get } from 'node:http';
import { connect } from 'node:net';

/** How to tell that a container answers. It stands in a label, so that an earlier container is judged by its own. */
export interface Check {
  /** Answers 2xx when all is well; without one, taking a connection and keeping it is enough. */
  path?: string;
  /** For one try. */
  timeoutSeconds: number;
  /** Until it has to be well. */
  graceSeconds: number;
}

/** An engine's own proxy takes connections before the container does, and drops them: so long one has to last, in milliseconds. */
const KEPT = 100;

/** Whether what listens there is well; never throws. */
export function isWell(host: string, port: number, { path, timeoutSeconds }: Check): Promise<boolean> {
  const milliseconds = timeoutSeconds * 1000;
  return path === undefined ? keepsConnection(host, port, milliseconds) : answers(host, port, path, milliseconds);
}

function answers(host: string, port: number, path: string, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    // No agent: a connection that is kept could lead to the container before.
    const call = get({ host, port, path, agent: false, signal: AbortSignal.timeout(timeout) }, (answer) => {
      answer.resume();
      const status = answer.statusCode ?? 0;
      resolve(status >= 200 && status <= 299);
    });
    call.once('error', () => resolve(false));
  });
}

function keepsConnection(host: string, port: number, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout });
    const finish = (well: boolean) => {
      socket.destroy();
      resolve(well);
    };
    socket.once('connect', () => void setTimeout(() => finish(true), KEPT));
    for (const end of ['error', 'timeout', 'end', 'close'] as const) socket.once(end, () => finish(false));
    socket.resume();
  });
}
