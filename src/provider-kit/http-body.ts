import { TransientError, UnsupportedError } from '../model/errors.ts';
import type { Answer } from './http-exchange.ts';

/** Deeper JSON than any provider sends; what comes after may recurse without fear. */
const MAX_DEPTH = 100;
/** Enough of an error's body to find its message. */
const START_BYTES = 64_000;

/** The whole body; each of its lines is told as it comes. @throws UnsupportedError when it is larger than `maxBytes`. */
export async function readBounded(
  response: Answer,
  maxBytes: number,
  about: string,
  heard?: (line: string) => void,
): Promise<Buffer> {
  const { bytes, whole } = await readUpTo(response, maxBytes, heard && inLines(heard));
  if (whole) return bytes;
  throw new UnsupportedError(`${about} answered more than ${maxBytes / 1e6} MB`, {
    mend: 'report it: a page size is too large',
  });
}

/** The body's start; what cannot be read of it is left out, because the status is the news. */
export async function readStart(response: Answer): Promise<string> {
  try {
    return (await readUpTo(response, START_BYTES)).bytes.toString('utf8');
  } catch {
    return '';
  }
}

async function readUpTo(
  response: Answer,
  limit: number,
  came?: (chunk: Uint8Array) => void,
): Promise<{ bytes: Buffer; whole: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the rest of the body.
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) return { bytes: Buffer.concat(chunks), whole: false };
    chunks.push(chunk);
    came?.(chunk);
  }
  return { bytes: Buffer.concat(chunks), whole: true };
}

/** Takes bytes as they come, cut anywhere, and gives the lines that have ended. */
function inLines(heard: (line: string) => void): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let open = '';
  return (chunk) => {
    const lines = (open + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    open = lines.pop() as string;
    lines.forEach(heard);
  };
}

/**
 * The value of a JSON body; `undefined` for an empty one.
 * @throws TransientError when it is no JSON (a gateway's error page with status 200); UnsupportedError when nested too deeply.
 */
export function parseJson(bytes: Buffer, about: string): unknown {
  if (bytes.length === 0) return undefined;
  if (depth(bytes) > MAX_DEPTH)
    throw new UnsupportedError(`${about} answered JSON nested over ${MAX_DEPTH} levels deep`);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new TransientError(`${about} answered something that is not JSON`, { cause: error });
  }
}

const [QUOTE, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [34, 92, 91, 93, 123, 125];

/** Deepest nesting of brackets outside strings, without building the value. */
function depth(bytes: Buffer): number {
  let [now, deepest] = [0, 0];
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (byte === QUOTE) {
      for (index += 1; index < bytes.length && bytes[index] !== QUOTE; index += 1)
        if (bytes[index] === BACKSLASH) index += 1;
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      now += 1;
      if (now > deepest) deepest = now;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) now -= 1;
  }
  return deepest;
}
