import type { ServiceSpec } from '../../model/config.ts';

const MIB = 1024 * 1024;
const SIZES = [1, 2, 4, 8];

/** The smallest shared machine that holds what is asked for, if there is one. */
export function guestOf({ resources = {} }: ServiceSpec) {
  const { millicpu = 0, memoryBytes = 0 } = resources;
  const memory = Math.max(256, Math.ceil(memoryBytes / MIB / 256) * 256);
  const cpus = SIZES.find((size) => size * 1000 >= millicpu && size * 2048 >= memory);
  return cpus === undefined ? undefined : { cpu_kind: 'shared', cpus, memory_mb: Math.max(memory, cpus * 256) };
}
