import { connect } from 'node:net';
import type { TcpCheck } from '../model/watch.ts';
import { TooLate, withDeadline } from './deadline.ts';
import { faultWords, problemLine, spanWords } from './problem.ts';
import { reachableLookup, requireReachable } from './reachable.ts';
import type { Trying, Verdict } from './trying.ts';

/** Opens a connection and closes it. */
export async function tryTcp({ host, port }: TcpCheck, trying: Trying): Promise<Verdict> {
  const start = performance.now();
  try {
    requireReachable(host, trying.allowPrivate);
    await withDeadline<void>(trying, (resolve, reject) => {
      const lookup = reachableLookup(trying.allowPrivate, trying.network?.lookup);
      const socket = connect({ host, port, lookup, autoSelectFamily: true });
      socket.on('error', reject).on('connect', () => {
        resolve();
        socket.destroy();
      });
      return { stop: () => socket.destroy() };
    });
    return { ok: true, milliseconds: Math.round(performance.now() - start) };
  } catch (error) {
    trying.signal.throwIfAborted();
    const what = error instanceof TooLate ? `no connection within ${spanWords(trying.limit)}` : faultWords(error);
    return { ok: false, milliseconds: null, problem: problemLine(`port ${port}: ${what}`) };
  }
}
