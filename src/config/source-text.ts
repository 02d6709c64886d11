import type { Problem } from '../model/errors.ts';
import type { Position } from '../model/resource.ts';

/** The text of one config file, and where its lines start. Offsets count UTF-16 units from 0, lines and columns from 1. */
export interface SourceText {
  file: string;
  text: string;
  at(offset: number): Position;
}

/** Bytes that one file may have, and all files together. */
export const LARGEST = 4 * 1024 * 1024;
/** Each escape of a quoted text is a string of its own while it is read: millions of them fill the memory. */
const MOST_BACKSLASHES = 100_000;

/** Bytes to text: UTF-8 only, a byte order mark allowed, no NUL, at most 4 MiB. Gives the problem when it is not so. */
export function decode(file: string, content: Uint8Array | string): { source: SourceText } | { problem: Problem } {
  const size = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
  if (size > LARGEST) {
    const megabytes = (size / 1024 / 1024).toFixed(1);
    return refuse(file, 1, 1, `the file is ${megabytes} MiB large`, 'a config file may have at most 4 MiB');
  }
  const text = typeof content === 'string' ? content.replace(/^\uFEFF/, '') : decodeUtf8(content);
  if (text === undefined) return misencoded(file, content as Uint8Array);
  const source = sourceText(file, text);
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    const { line, column } = source.at(nul);
    return refuse(file, line, column, 'there is a NUL byte here', 'a config file is plain text');
  }
  const backslash = text.length > MOST_BACKSLASHES ? nth(text, '\\', MOST_BACKSLASHES) : -1;
  if (backslash >= 0) {
    const { line, column } = source.at(backslash);
    return refuse(
      file,
      line,
      column,
      `there are more than ${MOST_BACKSLASHES} backslashes up to here`,
      'fewer of them',
    );
  }
  return { source };
}

function nth(text: string, wanted: string, count: number): number {
  let at = text.indexOf(wanted);
  for (let seen = 1; at >= 0 && seen <= count; seen += 1) at = text.indexOf(wanted, at + 1);
  return at;
}

export function sourceText(file: string, text: string): SourceText {
  let starts: number[] | undefined;
  return {
    file,
    text,
    at(offset) {
      starts ??= lineStarts(text);
      let [low, high] = [0, starts.length - 1];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] as number) <= offset) low = middle;
        else high = middle - 1;
      }
      return { file, line: low + 1, column: offset - (starts[low] as number) + 1 };
    },
  };
}

/** Line breaks as YAML has them: \n, \r\n, and a lone \r. */
function lineStarts(text: string): number[] {
  const starts = [0];
  if (!text.includes('\r')) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  } else {
    for (const match of text.matchAll(/\r\n?|\n/g)) starts.push(match.index + match[0].length);
  }
  return starts;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Names the first byte that is not UTF-8. A line feed byte is never part of a longer character, so lines can be tried one by one. */
function misencoded(file: string, bytes: Uint8Array): { problem: Problem } {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return refuse(file, 1, 1, 'the file is UTF-16', 'save it as UTF-8');
  let start = 0;
  for (let line = 1; ; line += 1) {
    const next = bytes.indexOf(0x0a, start);
    const end = next < 0 ? bytes.length : next;
    if (decodeUtf8(bytes.subarray(start, end)) === undefined) {
      const good = longestGoodPrefix(bytes.subarray(start, end));
      const byte = (bytes[start + good.bytes] ?? 0).toString(16).padStart(2, '0');
      return refuse(file, line, good.characters + 1, `byte 0x${byte} is not UTF-8 text`, 'save the file as UTF-8');
    }
    start = end + 1;
  }
}

function longestGoodPrefix(bytes: Uint8Array): { bytes: number; characters: number } {
  let [low, high] = [0, bytes.length];
  let characters = 0;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    try {
      // `stream` lets the prefix end inside a character.
      characters = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true }).length;
      low = middle;
    } catch {
      high = middle - 1;
    }
  }
  // A prefix may end inside a character that the next byte spoils: the character's first byte is to blame.
  while (decodeUtf8(bytes.subarray(0, low)) === undefined) low -= 1;
  return { bytes: low, characters };
}

function refuse(file: string, line: number, column: number, message: string, hint: string): { problem: Problem } {
  return { problem: { position: { file, line, column }, path: '', message, hint } };
}

/** The next offset that is neither white space, line break nor comment. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === 32 || code === 9 || code === 10 || code === 13) at += 1;
    else if (code === 35) while (at < text.length && text.charCodeAt(at) !== 10 && text.charCodeAt(at) !== 13) at += 1;
    else return at;
  }
}
