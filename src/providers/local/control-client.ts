import { connect } from 'node:net';
import { LINE_LIMIT, type Failed, type Reply, type Request, type Status } from './protocol.ts';

/** Nobody listens on the socket: there is no runner. */
export class NoRunner extends Error {}

/** The runner did not answer, or went away before it had. */
export class NoAnswer extends Error {}

/** The runner said no. */
export class Refused extends Error {
  readonly failed: Failed;
  constructor(failed: Failed) {
    super(failed.message);
    this.failed = failed;
  }
}

export interface AskOptions {
  signal?: AbortSignal;
  /** Milliseconds of silence after which the runner counts as hung; 0 for none. */
  timeout?: number;
  onProgress?(message: string): void;
}

/** One request to a runner. Throws NoRunner, NoAnswer, Refused, or the signal's reason. */
export function ask(socket: string, request: Request, options: AskOptions = {}): Promise<Status> {
  const { signal, timeout = 5_000, onProgress } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    let text = '';
    const connection = connect(socket, () => connection.write(`${JSON.stringify(request)}\n`));
    const abort = (): void => finish(() => reject(signal?.reason as Error));
    const finish = (settle: () => void): void => {
      signal?.removeEventListener('abort', abort);
      connection.destroy();
      settle();
    };
    signal?.addEventListener('abort', abort, { once: true });
    connection.setTimeout(timeout, () => finish(() => reject(new NoAnswer(`no answer in ${timeout / 1000} s`))));
    connection.on('error', (error: NodeJS.ErrnoException) => {
      const absent = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      finish(() => reject(absent ? new NoRunner(error.message) : new NoAnswer(error.message)));
    });
    connection.on('close', () => finish(() => reject(new NoAnswer('the runner ended before it had answered'))));
    connection.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.length > LINE_LIMIT) return finish(() => reject(new NoAnswer('the answer is too long')));
      const lines = text.split('\n');
      text = lines.pop() as string;
      for (const line of lines) {
        const reply = JSON.parse(line) as Reply;
        if ('progress' in reply) onProgress?.(reply.progress);
        else if ('status' in reply) finish(() => resolve(reply.status));
        else finish(() => reject(new Refused(reply.failed)));
      }
    });
  });
}
