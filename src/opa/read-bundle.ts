import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UnsupportedError } from '../model/errors.ts';
import type { JsonObject } from '../model/resource.ts';
import { readTar } from './read-tar.ts';

/** Most bytes of a bundle as it is in the repository. */
export const LARGEST_BUNDLE = 8 * 1024 * 1024;
/** Most bytes of what is in it. */
const LARGEST_UNPACKED = 32 * 1024 * 1024;

/** What `opa build -t wasm` writes, as far as it is used. */
export interface Bundle {
  wasm: Uint8Array;
  data: JsonObject;
}

/** Unpacks a bundle. @throws UnsupportedError saying what is wrong with it */
export async function readBundle(bytes: Uint8Array): Promise<Bundle> {
  const members = readTar(await unpacked(bytes), new Set(['policy.wasm', 'data.json']));
  const wasm = members.get('policy.wasm');
  if (!wasm) throw new UnsupportedError('it has no /policy.wasm, which opa build -t wasm writes');
  return { wasm, data: dataIn(members.get('data.json')) };
}

async function unpacked(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: LARGEST_UNPACKED });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new UnsupportedError(`unpacked it has more than ${LARGEST_UNPACKED} bytes`, { cause: error });
    throw new UnsupportedError(`it is not a gzip file: ${(error as Error).message}`, { cause: error });
  }
}

/** The policy's data; none where there is none. */
function dataIn(bytes: Uint8Array | undefined): JsonObject {
  if (!bytes) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new UnsupportedError('/data.json in it is not JSON', { cause: error });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new UnsupportedError('/data.json in it is not a JSON object');
  return value as JsonObject;
}
