/** A number for a text, 32 bits (FNV-1a). */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/**
 * The weight of a candidate for a key, from 0 to 1: the highest wins (rendezvous hashing). Each pair has its own weight, so
 * when a candidate leaves, only what it held moves.
 */
export function affinity(key: number, candidate: number): number {
  let mixed = Math.imul(key ^ (candidate << 16) ^ (candidate >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13) ^ candidate, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x27d4eb2f);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296;
}
