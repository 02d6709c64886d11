import type { IncomingMessage } from 'node:http';

/** Bytes that all bodies under way may still take together: before its signature is checked, a body is anybody's. */
export interface Room {
  left: number;
}

/**
 * The body as text; `too-large` as soon as it is known to be more than `limit` bytes, `no-room` when others take it up, `cut`
 * when it ended early.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  room: Room,
): Promise<{ text: string } | 'too-large' | 'no-room' | 'cut'> {
  return new Promise((resolve) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) return resolve('too-large');
    const chunks: Buffer[] = [];
    let size = 0;
    let given = false;
    const end = (result: { text: string } | 'too-large' | 'no-room' | 'cut'): void => {
      if (given) return;
      given = true;
      chunks.length = 0;
      room.left += size;
      resolve(result);
    };
    request.on('data', (chunk: Buffer) => {
      if (given) return;
      size += chunk.length;
      room.left -= chunk.length;
      if (size > limit) end('too-large');
      else if (room.left < 0) end('no-room');
      else chunks.push(chunk);
    });
    request.on('end', () => end({ text: Buffer.concat(chunks).toString('utf8') }));
    request.on('error', () => end('cut'));
    request.on('close', () => end('cut'));
  });
}
