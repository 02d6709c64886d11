/** Bytes before each frame: which stream, three zeros, and the length of what follows. */
const HEAD = 8;

/** The lines of a container's log, whose two streams an engine sends as frames; a container with a terminal has none. */
export function linesOf(bytes: Buffer): string[] {
  const text = (isFramed(bytes) ? Buffer.concat([...frames(bytes)]) : bytes).toString('utf8');
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function isFramed(bytes: Buffer): boolean {
  return bytes.length >= HEAD && (bytes[0] as number) <= 2 && bytes.readUIntBE(1, 3) === 0;
}

function* frames(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at + HEAD <= bytes.length;) {
    const end = at + HEAD + bytes.readUInt32BE(at + 4);
    yield bytes.subarray(at + HEAD, end);
    at = end;
  }
}
