import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { UnsupportedError } from '../model/errors.ts';
import { memoryOf } from './memory-of.ts';
import type { Bundle } from './read-bundle.ts';
import type { Answer, Assignment } from './run-policy.ts';

/** What an evaluation may take. */
export interface Limits {
  /** Milliseconds, from the start of its thread on. */
  time: number;
  /** Pages of 64 KiB that the policy may have. */
  pages: number;
  /** Most characters of a result as JSON. */
  result: number;
}

const LIMITS: Limits = { time: 10_000, pages: 4096, result: 1_000_000 };
/** The SDK gives no policy fewer pages than these. */
const FEWEST_PAGES = 5;

/**
 * What a bundle says at an entrypoint; undefined for what is undefined there. In a thread of its own, which ends with it: a
 * policy may run for ever. It has the input and the bundle's data and no way to anything else.
 * @throws UnsupportedError for a policy that fails, takes more than it may, or calls a built-in function that the SDK does not have
 */
export async function evaluateBundle(
  { wasm, data }: Bundle,
  { entrypoint, input }: Pick<Assignment, 'entrypoint' | 'input'>,
  signal: AbortSignal,
  { time, pages, result: longest }: Limits = LIMITS,
): Promise<unknown> {
  const least = memoryOf(wasm);
  if (least > pages) throw new UnsupportedError(`it wants ${least} pages of memory; it may have ${pages}`);
  const memory = { initial: Math.max(least, Math.min(FEWEST_PAGES, pages)), maximum: pages };
  const answer = await answerOf({ wasm, data, entrypoint, input, memory, longest }, time, signal);
  if ('problem' in answer) throw new UnsupportedError(answer.problem);
  return answer.results[0]?.result;
}

async function answerOf(workerData: Assignment, time: number, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  const worker = new Worker(programFile(), {
    workerData,
    env: {},
    argv: [],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 },
  });
  const done = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve({ problem: `it took longer than ${time / 1000} s and was stopped` }), time);
    worker.on('message', resolve);
    worker.on('error', (error) => resolve({ problem: error.message }));
    worker.on('exit', () => resolve({ problem: 'its thread ended without an answer' }));
    signal.addEventListener('abort', () => resolve({ problem: 'the run was interrupted' }), { signal: done.signal });
  });
  try {
    const answer = await ended;
    signal.throwIfAborted();
    return answer;
  } finally {
    clearTimeout(timer);
    done.abort();
    await worker.terminate();
  }
}

/** The thread's program: among the sources, or the bundle's entry. */
function programFile(): string {
  const files = ['./run-policy.ts', './opa-policy.js'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = files.find((file) => existsSync(file));
  if (!found) throw new Error(`the program that evaluates policies is missing: ${files.join(', ')}`);
  return found;
}
