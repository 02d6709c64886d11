import { UnsupportedError } from '../model/errors.ts';

const BLOCK = 512;

/**
 * Contents of those members of a tar archive that are asked for, by name; a leading `/` or `./` counts for nothing. Whatever
 * else the archive holds is passed over. @throws UnsupportedError for what is no tar archive, is cut off, or has one of them
 * twice or as something else than a file
 */
export function readTar(archive: Uint8Array, wanted: ReadonlySet<string>): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (let at = 0; ;) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.length < BLOCK) throw broken(at === 0 ? 'it is empty' : 'it ends in the middle');
    if (header.every((byte) => byte === 0)) return found;
    if (sumOf(header) !== octal(header, 148, 8)) throw broken('a header is not what its sum says');
    const size = octal(header, 124, 12);
    const end = at + BLOCK + size;
    if (end > archive.length) throw broken('it ends in the middle');
    const name = nameOf(header);
    if (wanted.has(name)) {
      const type = String.fromCharCode(header[156] as number);
      if (type !== '0' && type !== '\0') throw broken(`${name} in it is not a file`);
      if (found.has(name)) throw broken(`${name} is in it twice`);
      found.set(name, archive.subarray(at + BLOCK, end));
    }
    at = at + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function nameOf(header: Uint8Array): string {
  const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
  return `${prefix ? `${prefix}/` : ''}${text(header, 0, 100)}`.replace(/^\.?\/+/, '');
}

/** The sum of all bytes of a header, its own field taken for spaces. */
function sumOf(header: Uint8Array): number {
  return header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte), 0);
}

function octal(header: Uint8Array, at: number, length: number): number {
  const digits = text(header, at, length).trim();
  if (!/^[0-7]+$/.test(digits)) throw broken('a header has no number where one belongs');
  return Number.parseInt(digits, 8);
}

/** Up to the first zero. */
function text(header: Uint8Array, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const zero = field.indexOf(0);
  return Buffer.from(zero === -1 ? field : field.subarray(0, zero)).toString('latin1');
}

const broken = (why: string): UnsupportedError => new UnsupportedError(`it is not a whole tar archive: ${why}`);
