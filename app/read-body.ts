import type { IncomingMessage } from 'node:http';

/** The body as text; `too-large` as soon as it is known to be more than `limit` bytes, `cut` when it ended early. */
export function readBody(request: IncomingMessage, limit: number): Promise<{ text: string } | 'too-large' | 'cut'> {
  return new Promise((resolve) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) return resolve('too-large');
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) resolve('too-large');
      else chunks.push(chunk);
    });
    request.on('end', () => resolve({ text: Buffer.concat(chunks).toString('utf8') }));
    request.on('error', () => resolve('cut'));
    request.on('close', () => resolve('cut'));
  });
}
