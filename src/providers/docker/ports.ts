import { createHash } from 'node:crypto';
import type { JsonObject } from '../../model/resource.ts';

export const DEFAULT_PORTS = '20000-29999';

const RANGE = /^(\d{1,5})-(\d{1,5})$/;
/** So many ports that somebody else turns out to have are tried. */
const TRIES = 20;

export function checkPorts(value: unknown): string | undefined {
  const [from = 0, to = 0] = rangeOf(value);
  return from >= 1 && to <= 65_535 && to - from >= 9 ? undefined : 'expected at least ten ports, such as 20000-29999';
}

/** Free ports of the range for this name: always in the same order, and another for each name. */
export function portsFor(name: string, options: JsonObject, taken: ReadonlySet<number>): number[] {
  const [from = 0, to = 0] = rangeOf(options['ports'] ?? DEFAULT_PORTS);
  const size = to - from + 1;
  const first = createHash('sha256').update(name).digest().readUInt32BE(0) % size;
  const ports = Array.from({ length: size }, (_, step) => from + ((first + step) % size));
  return ports.filter((port) => !taken.has(port)).slice(0, TRIES);
}

function rangeOf(value: unknown): number[] {
  return (RANGE.exec(String(value)) ?? []).slice(1).map(Number);
}
