/**
 * The program of the thread in which one policy is evaluated: it gets a bundle and an input, says what the policy says or why
 * it says nothing, and is done. It may be ended at any moment.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { loadPolicy } from '@open-policy-agent/opa-wasm';

/** What the thread is given. */
export interface Assignment {
  wasm: Uint8Array;
  data: object;
  entrypoint: string;
  input: object;
  /** Pages of 64 KiB. */
  memory: { initial: number; maximum: number };
  /** Most characters that the result may have as JSON. */
  longest: number;
}

/** What the thread says: the set of results, which is empty for what is undefined, or what is wrong. */
export type Answer = { results: { result: unknown }[] } | { problem: string };

// What a policy prints is nobody's business: the output of a run is a document, or commands to a runner.
Object.assign(globalThis.console, { log() {}, error() {} });

// A thread has no origin.
// oxlint-disable-next-line require-post-message-target-origin
parentPort?.postMessage(await answerTo(workerData as Assignment));

async function answerTo({ wasm, data, entrypoint, input, memory, longest }: Assignment): Promise<Answer> {
  try {
    const policy = await loadPolicy(wasm as Uint8Array<ArrayBuffer>, memory);
    const entrypoints = Object.keys(policy.entrypoints as object);
    if (!entrypoints.includes(entrypoint))
      return { problem: `it has no entrypoint ${entrypoint}; it has ${entrypoints.join(', ') || 'none'}` };
    policy.setData(data);
    const results = policy.evaluate(input, entrypoint) as { result: unknown }[];
    const { length } = JSON.stringify(results);
    return length > longest
      ? { problem: `its result has ${length} characters; at most ${longest} are read` }
      : { results };
  } catch (error) {
    return { problem: wordsOf(error) };
  }
}

/** The SDK throws texts and plain objects, too. */
function wordsOf(error: unknown): string {
  if (typeof error === 'string') return error;
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : String(error);
}
